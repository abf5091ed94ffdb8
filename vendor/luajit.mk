# SPDX-License-Identifier: BSD-3-Clause
# LuaJIT: what it is, where it comes from, how it is built. Included by the Makefile.

# Debian's name of the source package, the pinned versions (see vendor/fetch.sh), and where newer ones
# may be taken from when these are gone. Experimental has LuaJIT of August 2026, with faults mended
# that trixie's of January 2025 has: wrong results of compiled code, and reads and writes outside of
# strings and of the Lua stack. Trixie, which is stable, is the last resort.
LUAJIT_PACKAGE := luajit
LUAJIT_SERIES  := 2.1
LUAJIT_PINS    := experimental/2.1.0+openresty20260824-1~exp1/fe0c0f354c8901028b5220e20ba098d4bbe1d14072cead8d866f3ea13c829bb5 \
	sid trixie
# A local file to take instead of asking apt: make LUAJIT_TARBALL=/path/to/the.tar.xz
LUAJIT_TARBALL ?=

# LUAJIT_ENABLE_LUA52COMPAT  scripts get what Lua 5.2 made common: __pairs and __len of tables,
#                            table.pack, a break anywhere in a block, the exit status of
#                            os.execute and of a closed pipe.
LUAJIT_XCFLAGS := -DLUAJIT_ENABLE_LUA52COMPAT
# Errors unwind through the C stack by its unwind tables (LuaJIT's default on x64 and arm64), not
# by -DLUAJIT_NO_UNWIND: with that, an out-of-memory error inside compiled code flies past a pcall
# that was compiled too (the check "memory" shows it). src/musl/unwind.c gives libgcc what it
# needs for this in the static program.

# BUILDMODE=static           only libluajit.a is wanted.
# HOST_CC=...                the generator programs run here and need no musl.
# CCDEBUG=                   no -g: the release is stripped, and objects stay small.
# CFLAGS= LDFLAGS=           what stands in the caller's environment is not for LuaJIT.
LUAJIT_MAKE := BUILDMODE=static HOST_CC='$(HOST_CC)' CCDEBUG= CFLAGS= LDFLAGS=
LUAJIT_MAKE_release := CC=../../musl-$(HOST)/cc XCFLAGS="$(LUAJIT_XCFLAGS)"
LUAJIT_MAKE_native  := CC=gcc XCFLAGS="$(LUAJIT_XCFLAGS)"
# -fno-omit-frame-pointer  the stacks in its reports are whole.
# LUAJIT_USE_SYSMALLOC  Lua's objects come from malloc, where the sanitizer sees a use after they were
#                       collected, and what they point to is no leak.
LUAJIT_MAKE_asan    := CC=gcc \
	XCFLAGS="$(LUAJIT_XCFLAGS) -DLUAJIT_USE_SYSMALLOC -fno-omit-frame-pointer"
# LUA_USE_ASSERT, LUA_USE_APICHECK  the debug build checks LuaJIT's own state and our calls into it.
LUAJIT_MAKE_debug   := CC=gcc CCDEBUG=-g \
	XCFLAGS="$(LUAJIT_XCFLAGS) -DLUA_USE_ASSERT -DLUA_USE_APICHECK"

# The generator programs of the cross-built one run here too. Paths are seen from its src folder.
LUAJIT_MAKE_release-$(OTHER) := CC=../../musl-$(OTHER)/cc \
	TARGET_AR="$(CROSS_AR) rcus" XCFLAGS="$(LUAJIT_XCFLAGS)"

# The modules behind -b and -j; of the disassemblers only that of the variant's architecture.
LUAJIT_DIS_x86_64  := dis_x64 dis_x86
LUAJIT_DIS_aarch64 := dis_arm64
LUAJIT_MODULES := bc bcsave dump p v vmdef zone

$(eval $(call FETCH_RULES,LUAJIT,luajit))

# One unpacked copy per variant, since LuaJIT builds among its sources. The version's last number
# comes from .relver in the archive; without it the program would call itself "2.1.ROLLING". The
# messages of -b name our program.
build/vendor/luajit-%/.unpacked: build/vendor/luajit.source vendor/luajit_mend.sh \
		$(wildcard vendor/luajit_cstack.*)
	$(say) UNPACK $(@D)
	$(Q)$(call unpack,luajit,$(@D))
	$(Q)grep -q '^[0-9]' $(@D)/.relver
	$(Q)sed -i 's/luajit\(: \| -b\)/sssrun\1/' $(@D)/src/jit/bcsave.lua
	$(Q)$(call mend,luajit,$(@D))
	$(Q)touch $@

build/vendor/luajit-%/src/libluajit.a: build/vendor/luajit-%/.unpacked
	$(say) LUAJIT $*
	$(Q)$(MAKE) --no-print-directory -C $(@D) $(LUAJIT_MAKE) $(LUAJIT_MAKE_$*) \
		libluajit.a jit/vmdef.lua $(if $(V),,>$(@D)/build.log 2>&1 || { cat $(@D)/build.log; exit 1; })
	$(Q)touch $@
.PRECIOUS: build/vendor/luajit-%/.unpacked build/vendor/luajit-%/src/libluajit.a
