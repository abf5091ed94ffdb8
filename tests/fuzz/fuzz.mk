# SPDX-License-Identifier: BSD-3-Clause
# Fuzzing, lint and coverage: `make fuzz`, `make fuzz-replay`, lint and coverage. Included by
# the Makefile.

.PHONY: fuzz fuzz-setup fuzz-replay

FUZZ_SECONDS ?= 20
FUZZ_TARGETS ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
unexport FUZZ_SECONDS FUZZ_TARGETS

# What libFuzzer drives is built by clang; the same by gcc (the variant asan) to feed known inputs.
FUZZ_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
CC_fuzz         := clang
ARCH_fuzz       := $(HOST)
LUAJIT_fuzz     := build/vendor/luajit-asan
CFLAGS_fuzz     := $(COMMON) -O1 -g -fno-omit-frame-pointer $(FUZZ_SANITIZERS) \
	-fsanitize=fuzzer-no-link
LDFLAGS_fuzz    := -Wl,-E $(BUNDLE_ROOM) $(FUZZ_SANITIZERS)
LIBS_fuzz       := $(LIBS_native)
$(eval $(call VARIANT,fuzz,$(SHARED)))

# All of the program but its main().
fuzz_objects = $(filter-out %/host/main.o,$(call objects,$(1),$(SHARED))) \
	$(call libraries,$(1))
FUZZ_FLAGS := -Itests/unit -I$(LUAJIT_asan)/src $(shell pkg-config --cflags check 2>/dev/null)

build/fuzz/bin/%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(call fuzz_objects,fuzz) build/fuzz/flags
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(Q)clang $(CFLAGS_fuzz) $(FUZZ_FLAGS) $< $(call fuzz_objects,fuzz) -fsanitize=fuzzer \
		$(LDFLAGS_fuzz) $(LIBS_fuzz) -o $@

build/asan/fuzz/%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
		$(call fuzz_objects,asan) build/asan/flags
	$(say) REPLAY $@
	@mkdir -p $(@D)
	$(Q)gcc $(CFLAGS_asan) $(FUZZ_FLAGS) $< tests/fuzz/replay.c $(call fuzz_objects,asan) \
		$(LDFLAGS_asan) $(LIBS_asan) -o $@

REPLAYS := $(FUZZ_TARGETS:%=build/asan/fuzz/%)
check check-long: $(REPLAYS)

fuzz: $(FUZZ_TARGETS:%=build/fuzz/bin/%) ## feed made-up inputs: FUZZ_SECONDS= FUZZ_TARGETS=
	$(Q)sh tests/fuzz/run.sh '$(FUZZ_SECONDS)' $^

fuzz-replay: $(REPLAYS) ## feed the known inputs to them
	$(Q)sh tests/fuzz/replay.sh $^

fuzz-setup: ## install what fuzz, lint, coverage and check-long need (apt-get)
	@sh tests/fuzz/setup.sh

# ---- lint: what clang-tidy (.clang-tidy), cppcheck and shellcheck find is an error

.PHONY: lint
lint: ## run clang-tidy, cppcheck and shellcheck
	$(Q)sh tests/fuzz/lint.sh $(filter-out $(STATIC_ONLY),$(SOURCES))

# ---- coverage: which lines of the floors from base to bind the unit and script tests reach

CC_coverage      := gcc
ARCH_coverage    := $(HOST)
LUAJIT_coverage  := build/vendor/luajit-native
CFLAGS_coverage  := $(COMMON) -O0 -g --coverage -fprofile-update=atomic
LDFLAGS_coverage := -Wl,-E $(BUNDLE_ROOM) --coverage
LIBS_coverage    := $(LIBS_native)
$(eval $(call VARIANT,coverage,$(SHARED)))

COVERED_UNITS := $(UNITS:build/asan/%=build/coverage/%)
COVERED_OBJECTS = $(filter-out %/host/main.o,$(call objects,coverage,$(SHARED))) \
	$(call libraries,coverage)
build/coverage/unit/%: tests/unit/%.c build/coverage/sssrun build/coverage/flags
	$(say) UNIT $@
	@mkdir -p $(@D)
	$(Q)gcc $(CFLAGS_coverage) -Itests/unit $$(pkg-config --cflags check) $< \
		$(COVERED_OBJECTS) $$(pkg-config --libs check) $(LIBS_coverage) $(LDFLAGS_coverage) -o $@

# The same program with calls that fail when a test wants them to (tests/fault).
build/coverage/faults: $(FAULT_SOURCES) build/coverage/sssrun $(COVERED_OBJECTS)
	$(say) LINK $@
	$(Q)gcc $(filter-out --coverage,$(CFLAGS_coverage)) -Itests/fault $(FAULT_SOURCES) \
		$(call objects,coverage,$(SHARED)) $(call libraries,coverage) \
		$(LDFLAGS_coverage) $(FAULT_CALLS:%=-Wl,--wrap=%) $(LIBS_coverage) -o $@

.PHONY: coverage
coverage: build/coverage/sssrun build/coverage/faults $(COVERED_UNITS) ## which lines the tests reach
	$(Q)sh tests/fuzz/coverage.sh $(COVERED_UNITS)
