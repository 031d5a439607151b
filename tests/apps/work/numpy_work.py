# SPDX-License-Identifier: BSD-3-Clause
import numpy

generator = numpy.random.default_rng(7)
a = generator.random((300, 300))
b = a @ a.T + 300 * numpy.eye(300)
print(b.shape, round(float(numpy.trace(b)), 6))
print(numpy.allclose(numpy.linalg.inv(b) @ b, numpy.eye(300)))
print(round(float(numpy.abs(numpy.fft.fft(a[0])).sum()), 6))
print(numpy.sort(generator.integers(0, 10**6, 10**5))[::20000])
