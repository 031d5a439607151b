# SPDX-License-Identifier: BSD-3-Clause
# A thin front for CMake and CTest: `make help` lists what there is.

JOBS ?= 2
PRESET ?= default
BUILD := $(if $(filter default,$(PRESET)),build,build-$(PRESET))

.PHONY: all help setup run test test-all with-tests bench format tidy clean

all: $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS)

help:
	@echo "make           build/osprey and build/kernel.elf"
	@echo "make run       build, then run Debian's python3 in a guest and compare with Linux"
	@echo "make test      the fast tests; ends with 'N passed, N failed'"
	@echo "make test-all  the long ones, too"
	@echo "make bench     measure against a Linux guest"
	@echo "make format    clang-format on every source"
	@echo "make tidy      clang-tidy on every source"
	@echo "make setup     install what is needed from Debian"
	@echo "JOBS=N compile N files at a time; PRESET=debug with assertions"

# Without the tests, which need far more packages; `make test` adds them.
$(BUILD)/build.ninja:
	@scripts/setup --build
	@cmake --preset $(PRESET) -DOSPREY_TESTS=OFF

setup:
	@scripts/setup

run:
	@scripts/setup --build --run
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS) --target osprey kernel.elf
	@scripts/run-example $(BUILD)
	@scripts/run-servers $(BUILD)

with-tests:
	@scripts/setup
	@cmake --preset $(PRESET) -DOSPREY_TESTS=ON
	@$(MAKE) --no-print-directory all

# The last line counts for CI, so a build that fails says it in the same words.
test:
	@$(MAKE) --no-print-directory with-tests || { echo "0 passed, 1 failed"; exit 1; }
	@scripts/run-tests $(BUILD) -LE long

test-all:
	@$(MAKE) --no-print-directory with-tests || { echo "0 passed, 1 failed"; exit 1; }
	@scripts/run-tests $(BUILD)

bench:
	@scripts/setup
	@$(MAKE) --no-print-directory all
	@python3 bench/run.py

format:
	@git ls-files '*.cc' '*.hh' '*.c' '*.h' | xargs clang-format -i

tidy: $(BUILD)/build.ninja
	@scripts/run-tidy $(BUILD)

clean:
	@rm -rf $(BUILD)
