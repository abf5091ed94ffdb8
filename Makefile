# SPDX-License-Identifier: BSD-3-Clause
# Builds sssrun. `make help` lists what there is; V=1 shows the commands.

MAKEFLAGS += --no-builtin-rules
# As many jobs as there are processors, unless -j or the make that called this one says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
MAKEOVERRIDES :=

VERSION := 0.1.0
PREFIX  ?= /usr/local
Q       := $(if $(V),,@)
say      = @printf '  %-7s %s\n'
# `make setup all` in one go: what needs the tools waits for setup.
READY   := $(filter setup,$(MAKECMDGOALS))

.PHONY: all setup runtimes demo quick test check check-long debug asan native format install dist \
	clean help FORCE
all: sssrun ## build ./sssrun, the static program (this is the default)

include vendor/fetch.mk
include vendor/musl.mk
include vendor/luajit.mk
include vendor/lpeg.mk
include vendor/cares.mk

# Behind their defaults: make takes a variable that it was told not to export for one that is set.
unexport PREFIX DESTDIR T CC CFLAGS LDFLAGS LUAJIT_TARBALL LPEG_TARBALL CARES_TARBALL \
	MUSL_TARBALL CROSS_CC STRICT

# ---- where a bundle's files go

# The section .sssrun (src/pack/bundle.c) gets a segment of its own, above everything else, so that
# it can grow; nothing names it, so -u keeps it. A release starts at PROGRAM_START, not at the
# usual 4 MiB: compiled Lua code must be near (64 MiB on arm64), and qemu-user reserves all that
# lies between a program's segments, so that the room for it is below.
# The other variants start at 0, wherever they are then put: the system reserves all that lies between
# their segments, and a limit of memory counts it. There the room is as low as it can be.
PROGRAM_START := 0x8000000
bundle_room    = -Wl,--section-start=.sssrun=$(1) -Wl,-u,bundle_room
BUNDLE_ROOM   := $(call bundle_room,0x2000000)

# ---- variants: release and release-OTHER (musl, static; the second for the other architecture),
# native (glibc, loads .so modules), asan, debug

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
# -funwind-tables: LuaJIT's errors unwind through our C functions.
COMMON   := -std=gnu11 -D_GNU_SOURCE -DSSSRUN_VERSION=\"$(VERSION)\" -Isrc $(WARNINGS) \
	-funwind-tables

# musl's compiler (vendor/musl_cc.sh) hides the kernel's headers with those of glibc: a folder with
# the kernel's alone gives them back. Sections that nobody calls are left out of the program. Link-time
# optimization: small functions of other rooms are put in place, a twelfth of what a line costs (not
# with clang, which needs a linker of its own for it, and which warns of macros in musl's headers).
LTO              = $(if $(findstring clang,$(shell $(1) --version 2>/dev/null)),\
	-Wno-sign-compare -Wno-unused-command-line-argument,-flto=auto)
OPTIMIZE_STATIC := -O2 -funwind-tables
CFLAGS_STATIC   := $(OPTIMIZE_STATIC) -fno-pie -ffunction-sections -fdata-sections
# --eh-frame-hdr: src/musl/unwind.c finds the unwind tables by it.
# noexecstack: whatever an object says or leaves out.
# sort-section: the large buffers lie together, and so do the small variables, on fewer pages to touch.
# norelro: musl never protects that part of a static program, and on arm64 it costs up to 64 KiB.
LDFLAGS_STATIC  := $(OPTIMIZE_STATIC) -static -no-pie -s -Wl,--eh-frame-hdr -Wl,--gc-sections \
	-fdata-sections -Wl,--sort-section=alignment -Wl,-z,noexecstack -Wl,-z,norelro \
	-Wl,-Ttext-segment=$(PROGRAM_START) $(call bundle_room,0x10000000)
STATIC_$(HOST)  := $(call LTO,$(HOST_CC)) $(HARDEN_$(HOST))
STATIC_$(OTHER) := $(call LTO,$(CROSS_CC)) $(HARDEN_$(OTHER))
STATIC_INCLUDES  = -idirafter build/$(1)/kernel -Ibuild/$(1)/gen

CC_release      := $(call musl,$(HOST))/cc
ARCH_release    := $(HOST)
LUAJIT_release  := build/vendor/luajit-release
CFLAGS_release  := $(COMMON) $(CFLAGS_STATIC) $(STATIC_$(HOST)) $(call STATIC_INCLUDES,release)
LDFLAGS_release := $(LDFLAGS_STATIC) $(STATIC_$(HOST))
LIBS_release    := -lm
LIBC_release    := $(call musl,$(HOST))/.built

CROSS                    := release-$(OTHER)
CC_release-$(OTHER)      := $(call musl,$(OTHER))/cc
ARCH_release-$(OTHER)    := $(OTHER)
LUAJIT_release-$(OTHER)  := build/vendor/luajit-$(CROSS)
CFLAGS_release-$(OTHER)  := $(COMMON) $(CFLAGS_STATIC) $(STATIC_$(OTHER)) $(call STATIC_INCLUDES,$(CROSS))
LDFLAGS_release-$(OTHER) := $(LDFLAGS_STATIC) $(STATIC_$(OTHER))
LIBS_release-$(OTHER)    := -lm
LIBC_release-$(OTHER)    := $(call musl,$(OTHER))/.built
AR_release-$(OTHER)      := $(CROSS_AR)

CC_native       := gcc
ARCH_native     := $(HOST)
LUAJIT_native   := build/vendor/luajit-native
CFLAGS_native   := $(COMMON) -O2 $(HARDEN_$(HOST))
# -E: a .so module finds Lua's C functions in the program.
LDFLAGS_native  := -Wl,-E -Wl,-z,relro,-z,now,-z,noexecstack $(BUNDLE_ROOM)
LIBS_native     := -lm -ldl -lpthread

SANITIZERS      := -fsanitize=address,undefined -fno-sanitize-recover=all
CC_asan         := gcc
ARCH_asan       := $(HOST)
LUAJIT_asan     := build/vendor/luajit-asan
CFLAGS_asan     := $(COMMON) -O1 -g -fno-omit-frame-pointer $(SANITIZERS)
LDFLAGS_asan    := -Wl,-E $(BUNDLE_ROOM) $(SANITIZERS)
LIBS_asan       := $(LIBS_native)

CC_debug        := gcc
ARCH_debug      := $(HOST)
LUAJIT_debug    := build/vendor/luajit-debug
CFLAGS_debug    := $(COMMON) -O0 -g
LDFLAGS_debug   := -Wl,-E $(BUNDLE_ROOM)
LIBS_debug      := $(LIBS_native)

# ---- what goes into a program

STATIC_ONLY := $(wildcard src/musl/*.c) src/sys/execve_musl.c
SOURCES     := $(sort $(wildcard src/*/*.c))
SHARED      := $(filter-out $(STATIC_ONLY),$(SOURCES))
# What the unit tests test: the floors that know no Lua.
PLAIN       := base sys loop dns pack
FLOORS      := $(filter $(PLAIN:%=src/%/%),$(SHARED))
LUA         := $(sort $(shell find lua -name '*.lua'))
MANUAL      := $(sort $(wildcard lua/manual/*.md))
# Every symbol of libc is named there: none of them is the compiler's own function.
CFLAGS_of_ffi_symbols := -fno-builtin -fno-lto
CFLAGS_of_memory := -fno-builtin -fno-lto

jit_module = jit/$(module).lua=$(LUAJIT_$(1))/src/jit/$(module).lua
objects = $(2:src/%.c=build/$(1)/%.o) build/$(1)/gen/embedded.o $(call lpeg_objects,$(1))
libraries = $(LUAJIT_$(1))/src/libluajit.a $(call cares_library,$(1))
# What `sssrun -v` names; it says so itself where it is not a version that a recipe pins.
sources = $(if $(LIBC_$(1)),musl=build/vendor/musl.source) LuaJIT=build/vendor/luajit.source \
	c-ares=build/vendor/cares.source LPeg=build/vendor/lpeg.source
# What is in lua/module is for scripts to require: lua/module/moon.lua is module/moon.lua there.
embedded = $(foreach file,$(LUA),$(file:lua/module/%=module/%)=$(file)) license/sssrun=LICENSE \
	versions=build/$(1)/gen/versions.txt $(foreach file,$(MANUAL),$(file:lua/%=%)=$(file)) \
	license/LuaJIT=$(LUAJIT_$(1))/COPYRIGHT license/musl=$(call musl,$(HOST))/COPYRIGHT \
	license/LPeg=$(LPEG)/license.txt license/c-ares=$(CARES)/LICENSE.md module/re.lua=$(LPEG)/re.lua \
	$(foreach module,$(LUAJIT_MODULES) $(LUAJIT_DIS_$(ARCH_$(1))),$(call jit_module,$(1)))

# A release holds its Lua files as bytecode, made by LuaJIT's own program (it is the same on all
# processors of 64 bits); the others as text, for messages with line numbers.
LUAJIT_PROGRAM := build/release/luajit
is_release = $(filter release%,$(1))
embed = LUAJIT=$(LUAJIT_PROGRAM) LUA_PATH=$(LUAJIT_release)/src/?.lua \
	BYTECODE=$(if $(is_release),build/$(1)/gen/bytecode) sh src/make/embed.sh $(embedded)

# Writes words to the target, but only when they are other words than before: so what depends on
# flags, or on the list of files, is built again when they change.
keep = @mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@

define VARIANT
build/$(1)/flags: FORCE
	$$(call keep,$$(CC_$(1)) $$(CFLAGS_$(1)) $$(LDFLAGS_$(1)) $$(LIBS_$(1)))

build/$(1)/contents: FORCE
	$$(call keep,$(2) $$(call embedded,$(1)))

build/$(1)/%.o: src/%.c build/$(1)/flags $$(LIBC_$(1)) | $$(LUAJIT_$(1))/src/libluajit.a \
		$$(CARES)/.unpacked $$(READY)
	$$(say) CC $$@
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_$(1)) $$(CFLAGS_of_$$(*F)) -I$$(LUAJIT_$(1))/src \
		$$(call cares_include,$$*) -MMD -MP -c $$< -o $$@

build/$(1)/gen/versions.txt: src/make/versions.sh $$(FETCHED)
	@mkdir -p $$(@D)
	$$(Q)sh src/make/versions.sh $$(call sources,$(1)) >$$@

build/$(1)/gen/embedded.c: src/make/embed.sh LICENSE $$(LUA) $$(MANUAL) build/$(1)/contents \
		build/$(1)/gen/versions.txt \
		$(call musl,$(HOST))/.unpacked $$(LUAJIT_$(1))/src/libluajit.a $$(LPEG)/.unpacked \
		$$(CARES)/.unpacked $(if $(is_release),$(LUAJIT_PROGRAM))
	$$(say) EMBED $$@
	@mkdir -p $$(@D)
	$$(Q)$$(call embed,$(1)) >$$@

build/$(1)/gen/embedded.o: build/$(1)/gen/embedded.c build/$(1)/flags $$(LIBC_$(1))
	$$(say) CC $$@
	$$(Q)$$(CC_$(1)) $$(CFLAGS_$(1)) -fno-lto -MMD -MP -c $$< -o $$@

build/$(1)/sssrun: $$(call objects,$(1),$(2)) $$(call libraries,$(1)) \
		build/$(1)/flags build/$(1)/contents $$(LIBC_$(1))
	$$(say) LINK $$@
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) $$(filter %.o %.a,$$^) $$(LIBS_$(1)) -o $$@

$(call LPEG_RULES,$(1))

$(call CARES_RULES,$(1))

-include $$(patsubst %.o,%.d,$$(call objects,$(1),$(2)))
endef

$(eval $(call VARIANT,release,$(SOURCES)))
$(eval $(call VARIANT,$(CROSS),$(SOURCES)))
$(eval $(call VARIANT,native,$(SHARED)))
$(eval $(call VARIANT,asan,$(SHARED)))
$(eval $(call VARIANT,debug,$(SHARED)))

# The two static ones: $(call STATIC,VARIANT,KERNEL HEADERS,THEIR FOLDER asm,MUSL,NM)
define STATIC
$$(SOURCES:src/%.c=build/$(1)/%.o): | build/$(1)/kernel/linux
build/$(1)/kernel/linux: | $$(READY)
	$$(Q)test -d $(2)/linux || { echo "there is no $(2)/linux; run make setup" >&2; exit 1; }
	$$(Q)rm -rf $$(@D) && mkdir -p $$(@D)
	$$(Q)ln -s $(2)/asm-generic $(3) $$(@D)
	$$(Q)ln -s $(2)/linux $$@

build/$(1)/musl/ffi_symbols.o: build/$(1)/gen/ffi_symbols_table.h
build/$(1)/gen/ffi_symbols_table.h: src/make/libc_symbols.sh $(4)/.built | $$(READY)
	$$(say) SYMBOLS $$@
	@mkdir -p $$(@D)
	$$(Q)sh src/make/libc_symbols.sh $(5) $(4)/usr/lib/libc.a >$$@
endef

$(eval $(call STATIC,release,/usr/include,/usr/include/$$$$($(HOST_CC) -print-multiarch)/asm,\
	$(call musl,$(HOST)),nm))
$(eval $(call STATIC,$(CROSS),/usr/$(OTHER)-linux-gnu/include,/usr/$(OTHER)-linux-gnu/include/asm,\
	$(call musl,$(OTHER)),$(CROSS_NM)))

$(LUAJIT_PROGRAM): $(LUAJIT_release)/src/libluajit.a build/release/musl/unwind.o
	$(say) LINK $@
	$(Q)$(CC_release) $(CFLAGS_release) -w $(LDFLAGS_release) $(LUAJIT_release)/src/luajit.c \
		build/release/musl/unwind.o $< $(LIBS_release) -o $@

# LuaJIT and c-ares are compiled with musl, too.
build/vendor/luajit-release/src/libluajit.a: $(LIBC_release)
build/vendor/luajit-$(CROSS)/src/libluajit.a: $(LIBC_$(CROSS))

RUNTIMES := sssrun-$(HOST) $(OTHER:%=sssrun-%)

sssrun sssrun-$(HOST): build/release/sssrun
sssrun-$(OTHER): build/$(CROSS)/sssrun
sssrun $(RUNTIMES):
	$(Q)cp $< $@.part && mv $@.part $@

# Runs the other architecture's program for the tests: sssrun under qemu, beside the program.
build/$(CROSS)/emulated/sssrun: tests/checks/emulated.c build/$(CROSS)/sssrun | $(READY)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)gcc $(COMMON) -O2 -DQEMU='"qemu-$(OTHER)-static"' $< -o $@

# ---- unit tests: one program each, under the sanitizers

UNITS := $(patsubst tests/unit/%.c,build/asan/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
FLOOR_OBJECTS := $(FLOORS:src/%.c=build/asan/%.o) $(call cares_library,asan)

build/asan/unit/%: tests/unit/%.c $(FLOOR_OBJECTS) build/asan/flags | $(READY)
	$(say) UNIT $@
	@mkdir -p $(@D)
	$(Q)gcc $(CFLAGS_asan) -Itests/unit $$(pkg-config --cflags check) -MMD -MP -MF $@.d -MT $@ \
		$< $(FLOOR_OBJECTS) $$(pkg-config --libs check) $(LIBS_asan) -o $@

-include $(UNITS:%=%.d)

include tests/bench/bench.mk
include tests/soak/soak.mk
include tests/fault/fault.mk
include tests/fuzz/fuzz.mk
include tests/checks/long.mk

# ---- targets

setup: ## install what the build and the tests need (apt-get, as root or by sudo)
	@sh src/make/setup.sh

runtimes: sssrun $(RUNTIMES) ## build ./sssrun-x86_64 and ./sssrun-aarch64, for sssrun build --target

demo: sssrun ## build, then watch a conversation with the echo example
	$(Q)./sssrun tests/examples/demo.lua

EMULATED := $(OTHER:%=build/$(CROSS)/emulated/sssrun)
CHECKED  := sssrun build/asan/sssrun $(UNITS) runtimes $(EMULATED)

check: $(CHECKED) ## run the tests, also under the sanitizers and, what may differ there, for the other processor
	$(Q)EMULATED='$(EMULATED)' sh tests/checks/run.sh $(UNITS)

quick: sssrun ## seconds: test what you have touched since the last commit, and its formatting
	+$(Q)sh tests/checks/quick.sh

test: sssrun ## run tests by name, with their output: make test T="test_timers timeouts"
	+$(Q)sh tests/checks/test.sh $(T)

check-long: $(CHECKED) ## an hour: also valgrind, threads, fuzzing, faults, a soak, with a table
	$(Q)LONG=1 EMULATED='$(EMULATED)' sh tests/checks/run.sh $(UNITS)

debug: build/debug/sssrun ## build build/debug/sssrun: -O0 -g, LuaJIT with its assertions

asan: build/asan/sssrun ## build build/asan/sssrun: address and undefined behaviour sanitizers

native: build/native/sssrun ## build build/native/sssrun: dynamic, loads C modules (.so)

format: ## run clang-format over the C files
	$(Q)clang-format -i $(wildcard src/*/*.[ch] tests/*/*.[ch])

# A word for the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'
install: sssrun ## install under $(DESTDIR)$(PREFIX), by default /usr/local
	$(Q)PREFIX=$(call quote,$(PREFIX)) DESTDIR=$(call quote,$(DESTDIR)) sh src/make/install.sh

dist: $(FETCHED) ## make build/sssrun-VERSION.tar.gz, and -full.tar.gz with all that is fetched
	@mkdir -p build
	$(Q)sh src/make/dist.sh $(VERSION) $(FETCHED)
	$(say) DIST build/sssrun-$(VERSION).tar.gz
	$(say) DIST build/sssrun-$(VERSION)-full.tar.gz

clean: ## remove what was built (the archives that were fetched stay)
	$(Q)rm -rf sssrun sssrun-* build/[!v]* build/vendor/luajit-* build/vendor/apt $(LPEG) $(CARES) \
		build/vendor/musl-*

help: ## show this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-11s %s\n", $$1, $$2 }' \
		Makefile tests/*/*.mk
