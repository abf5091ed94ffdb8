# SPDX-License-Identifier: BSD-3-Clause
# MoonScript's compiler: Lua modules, "moonscript" and "moonscript.*". Included by the Makefile.

# No package of Debian is MoonScript itself; aegisub's sources hold the modules of MoonScript 0.2.5
# in one Lua file. The upstream archive (3.9 MB) is the same one in many suites and for every
# processor; its binary package is not much smaller.
MOONSCRIPT_PACKAGE := aegisub
MOONSCRIPT_SUITE   := trixie
MOONSCRIPT_VERSION := 3.2.2+dfsg
MOONSCRIPT_SHA256  := 9ae57b104262d61241ac79a11f31c6b9f93f2a3581c743efb27157401078ffe0
MOONSCRIPT_FILE    := automation/include/moonscript.lua
# A local file to take instead of asking apt: make MOONSCRIPT_TARBALL=/path/to/the.tar.xz
MOONSCRIPT_TARBALL ?=
# Another MoonScript: a folder that holds moonscript/base.lua and the rest, or one Lua file as
# aegisub has it: make MOONSCRIPT=/path/to/moonscript
MOONSCRIPT ?=
# What that file does not say of itself; MoonScript's licence has the words of LPeg's.
MOONSCRIPT_NOTICE  := Copyright (C) 2014 by Leaf Corcoran

MOON         := build/vendor/moonscript
MOON_ARCHIVE := build/vendor/$(MOONSCRIPT_PACKAGE)_$(MOONSCRIPT_VERSION).orig.tar.xz
MOON_SOURCE   = $(or $(MOONSCRIPT),$(MOON)/aegisub/$(MOONSCRIPT_FILE))

$(MOON_ARCHIVE): vendor/moonscript.mk vendor/fetch.sh | $(READY)
	$(say) FETCH $(@F)
	$(Q)MOONSCRIPT_TARBALL='$(MOONSCRIPT_TARBALL)' sh vendor/fetch.sh MOONSCRIPT_TARBALL \
		$(MOONSCRIPT_SUITE) $(@F) $(MOONSCRIPT_SHA256) $@

# Another path, or other files there, are unpacked anew.
build/vendor/moonscript.from: FORCE
	$(call keep,$(MOONSCRIPT) $(if $(MOONSCRIPT),$(shell \
		find '$(MOONSCRIPT)' -name '*.lua' -exec cat {} + 2>/dev/null | cksum)))

# lua/ and license.txt.
$(MOON)/.unpacked: build/vendor/moonscript.from vendor/moonscript.mk vendor/moonscript.sh \
		$(LPEG)/.unpacked $(if $(MOONSCRIPT),,$(MOON_ARCHIVE))
	$(say) UNPACK $(@D)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)/aegisub
	$(Q)[ -n '$(MOONSCRIPT)' ] || tar -xJf $(MOON_ARCHIVE) -C $(@D)/aegisub --strip-components=1 \
		--wildcards '*/$(MOONSCRIPT_FILE)'
	$(Q)sh vendor/moonscript.sh '$(MOON_SOURCE)' $(@D)/lua
	$(Q)cat '$(MOON_SOURCE)/LICENSE' >$(@D)/license.txt 2>/dev/null || { \
		printf '%s\n\n' '$(MOONSCRIPT_NOTICE)'; sed -n '/^Permission/,$$p' $(LPEG)/license.txt; \
	} >$(@D)/license.txt
	$(Q)touch $@
