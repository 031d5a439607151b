# SPDX-License-Identifier: BSD-3-Clause
all: one two
	@echo all of it
one two:
	@echo $@
