# SPDX-License-Identifier: BSD-3-Clause
import numpy
import scipy.linalg
import scipy.optimize

matrix = numpy.arange(1, 10001).reshape(100, 100) % 17 + numpy.eye(100) * 50
print(round(scipy.linalg.det(matrix / 50), 6), numpy.round(scipy.linalg.svdvals(matrix)[:3], 4))
print(numpy.round(scipy.optimize.minimize(scipy.optimize.rosen, [1.3, 0.7]).x, 3))
