\\ SPDX-License-Identifier: BSD-3-Clause
print(factor(2^101-1)); print(nextprime(10^30)); print(bernfrac(40));
E=ellinit([0,-1,1,-10,-20]); print(ellap(E,97)); print(matdet(matrix(8,8,i,j,1/(i+j-1))));
parisize; print(#primes(2000));
