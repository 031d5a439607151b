// SPDX-License-Identifier: BSD-3-Clause
camera { location <0, 2, -5> look_at 0 }
light_source { <5, 5, -5> rgb 1 }
sphere { 0, 1 pigment { checker rgb <1, 0, 0> rgb <0, 0, 1> scale 0.3 } finish { reflection 0.3 phong 1 } }
plane { y, -1 pigment { rgb 0.8 } }
