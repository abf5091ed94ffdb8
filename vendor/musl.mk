# SPDX-License-Identifier: BSD-3-Clause
# musl, the C library of the static program: what it is, where it comes from, how it is built; and
# the compilers that use it, for this machine's architecture and for the other. Included by the
# Makefile.

# Programs for HOST are built here natively, those for OTHER with a cross compiler.
HOST  := $(shell uname -m)
OTHER := $(if $(filter x86_64,$(HOST)),aarch64,$(if $(filter aarch64,$(HOST)),x86_64))

MUSL_PACKAGE := musl
MUSL_SERIES  := 1.2
MUSL_PINS    := forky/1.2.6-1/d585fd3b613c66151fc3249e8ed44f77020cb5e6c1e635a616d3f9f82460512a sid
# A local file to take instead of asking apt: make MUSL_TARBALL=/path/to/the.tar.gz
MUSL_TARBALL ?=

# The compilers that are to be had: make CC=... CROSS_CC=... names others. A CC of the environment
# is not meant for this.
HOST_CC  := $(if $(filter command,$(firstword $(origin CC))),$(CC),$(firstword \
	$(foreach name,gcc cc,$(if $(shell command -v $(name)),$(name))) gcc))
CROSS_CC ?= $(OTHER)-linux-gnu-gcc
CROSS_AR := $(if $(filter $(OTHER)-linux-gnu-gcc,$(CROSS_CC)),$(OTHER)-linux-gnu-ar,ar)
CROSS_NM := $(CROSS_AR:%ar=%nm)

musl = build/vendor/musl-$(1)

$(eval $(call FETCH_RULES,MUSL,musl))

# Against an overflow that is made use of, in all C that is compiled for the program but LuaJIT, whose
# own makefile switches the first off:
# -fstack-protector-strong       a function with an array ends the program when it was overrun.
# -fcf-protection (x86_64)       calls and jumps land on marked places only, where the system checks
#                                that (none does for a static program so far).
# -mbranch-protection (aarch64)  return addresses are signed, where the processor can.
# The last two from the first gcc and clang on that know them.
knows = $(shell echo | $(1) $(2) -x c -S -o /dev/null - 2>/dev/null && echo $(2))
harden = -fstack-protector-strong $(if $(filter x86_64,$(1)),$(call knows,$(2),-fcf-protection)) \
	$(if $(filter aarch64,$(1)),$(call knows,$(2),-mbranch-protection=standard))
HARDEN_$(HOST)  := $(strip $(call harden,$(HOST),$(HOST_CC)))
HARDEN_$(OTHER) := $(strip $(call harden,$(OTHER),$(CROSS_CC)))

# The level of optimization is musl's own choice: -O2 without alignment, -O3 for memory and strings.
# Sections: what nobody calls is left out, also where one file has several functions.
MUSL_CFLAGS := -ffunction-sections -fdata-sections

# The compiler with musl that .../musl-ARCH/cc becomes: vendor/musl_cc.sh, which is told the
# compiler's name. It finds its headers and libraries from its own place, so that the build folder
# can be moved.

# $(call MUSL_RULES,ARCH,COMPILER,AR)
define MUSL_RULES
build/vendor/musl-$(1).from: FORCE
	$$(call keep,$(2) $(MUSL_CFLAGS) $(HARDEN_$(1)))

$(call musl,$(1))/.unpacked: build/vendor/musl.source vendor/musl_mend.sh vendor/musl_cc.sh \
		src/base/error.c \
		build/vendor/musl-$(1).from
	$$(say) UNPACK $$(@D)
	$$(Q)$$(call unpack,musl,$$(@D))
	$$(Q)$$(call mend,musl,$$(@D))
	$$(Q)sed "s|^compiler=.*|compiler='$(2)'|" vendor/musl_cc.sh >$$(@D)/cc && chmod +x $$(@D)/cc
	$$(Q)touch $$@

# usr/include, usr/lib: as they would be installed. No shared library, and none of musl's wrappers.
$(call musl,$(1))/.built: $(call musl,$(1))/.unpacked
	$$(say) MUSL $(1)
	$$(Q)(cd $$(@D) && CFLAGS='$(MUSL_CFLAGS) $(HARDEN_$(1))' CC='$(2)' ./configure --target=$(1)-linux-musl \
		--disable-shared --enable-wrapper=no && \
		$$(MAKE) --no-print-directory AR='$(3)' RANLIB=true prefix=usr \
		install-libs install-headers) >$$(@D)/build.log 2>&1 || { \
		tail -n 20 $$(@D)/build.log; exit 1; }
	$$(Q)touch $$@
.PRECIOUS: $(call musl,$(1))/.unpacked $(call musl,$(1))/.built
endef

$(eval $(call MUSL_RULES,$(HOST),$(HOST_CC),ar))
ifneq ($(OTHER),)
$(eval $(call MUSL_RULES,$(OTHER),$(CROSS_CC),$(CROSS_AR)))
endif
