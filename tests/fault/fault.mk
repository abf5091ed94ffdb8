# SPDX-License-Identifier: BSD-3-Clause
# Fault injection: build/fault/sssrun, the sanitizers' program with calls that fail when a test wants
# them to; `make check-fault` and check-fault-long. See tests/fault/fault.h.

.PHONY: check-fault check-fault-long

FAULT_SOURCES := $(wildcard tests/fault/*.c)
FAULT_OBJECTS := $(FAULT_SOURCES:tests/fault/%.c=build/fault/%.o)
FAULT_CALLS   := $(shell sed -nE 's/^ {4}X\((\w+)\).*/\1/p' tests/fault/request.h)
FAULT_LINKED  := $(call objects,asan,$(SHARED)) $(call libraries,asan)

build/fault/%.o: tests/fault/%.c build/asan/flags | $(READY)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC_asan) $(CFLAGS_asan) -Itests/fault -MMD -MP -c $< -o $@

build/fault/sssrun: $(FAULT_OBJECTS) $(FAULT_LINKED) build/asan/flags build/asan/contents
	$(say) LINK $@
	$(Q)$(CC_asan) $(LDFLAGS_asan) $(FAULT_CALLS:%=-Wl,--wrap=%) $(filter %.o %.a,$^) \
		$(LIBS_asan) -o $@

-include $(FAULT_OBJECTS:%.o=%.d)

check: build/fault/sssrun
check-fault: build/fault/sssrun ## run some of the tests with each call of the system failing
	$(Q)tests/script/run $< tests/fault/script/*.lua
	$(Q)sh tests/fault/run quick

check-fault-long: build/fault/sssrun ## the same with all tests: SECONDS= (1500)
	$(Q)tests/script/run $< tests/fault/script/*.lua
	$(Q)sh tests/fault/run "$(or $(SECONDS),1500)"
