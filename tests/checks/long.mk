# SPDX-License-Identifier: BSD-3-Clause
# What `make check-long` needs besides the programs of `make check`: the variants valgrind and tsan,
# and unit tests in both. Included by the Makefile.

# LUAJIT_USE_SYSMALLOC  Lua's objects come from malloc, where valgrind sees each of them.
# LUAJIT_USE_VALGRIND   LuaJIT tells valgrind when it has written new machine code.
LUAJIT_MAKE_valgrind := CC=gcc CCDEBUG=-g \
	XCFLAGS="$(LUAJIT_XCFLAGS) -DLUAJIT_USE_SYSMALLOC -DLUAJIT_USE_VALGRIND"
CC_valgrind      := gcc
ARCH_valgrind    := $(HOST)
LUAJIT_valgrind  := build/vendor/luajit-valgrind
CFLAGS_valgrind  := $(COMMON) -O1 -g
LDFLAGS_valgrind := -Wl,-E $(BUNDLE_ROOM)
LIBS_valgrind    := $(LIBS_native)
$(eval $(call VARIANT,valgrind,$(SHARED)))

# LuaJIT itself has no threads: it is not built for the thread sanitizer.
CC_tsan      := gcc
ARCH_tsan    := $(HOST)
LUAJIT_tsan  := build/vendor/luajit-asan
CFLAGS_tsan  := $(COMMON) -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LDFLAGS_tsan := -Wl,-E $(BUNDLE_ROOM) -fsanitize=thread
LIBS_tsan    := $(LIBS_native)
$(eval $(call VARIANT,tsan,$(SHARED)))

define LONG_UNITS
build/$(1)/unit/%: tests/unit/%.c $(FLOORS:src/%.c=build/$(1)/%.o) build/$(1)/flags
	$$(say) UNIT $$@
	@mkdir -p $$(@D)
	$$(Q)gcc $$(CFLAGS_$(1)) -Itests/unit $$$$(pkg-config --cflags check) -MMD -MP -MF $$@.d \
		-MT $$@ $$< $$(filter %.o,$$^) \
		$$$$(pkg-config --libs check) $$(LIBS_$(1)) -o $$@

-include $(UNITS:build/asan/%=build/$(1)/%.d)
endef
$(eval $(call LONG_UNITS,valgrind))
$(eval $(call LONG_UNITS,tsan))

check-long: build/fault/sssrun build/debug/sssrun build/valgrind/sssrun build/tsan/sssrun \
	$(UNITS:build/asan/%=build/valgrind/%) $(UNITS:build/asan/%=build/tsan/%) \
	$(FUZZ_TARGETS:%=build/fuzz/bin/%)
