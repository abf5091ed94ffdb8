# SPDX-License-Identifier: BSD-3-Clause
# c-ares, which asks name servers: what it is, where it comes from, how it is built. Included by the
# Makefile.

# 1.34.8 is for archives that name the newer version and do not hold it.
CARES_PACKAGE := c-ares
CARES_SERIES  := 1.34
CARES_PINS    := trixie/1.34.9-1~deb13u1/9364b70a12eb59a06830fb488d9357f90100dff0d98b23ea3593a183d43e6f2f \
	forky/1.34.8-1/c222b6d681096f9444d2c4863d2c1174019e27cacca0a4a5c114d36dd7d7bf78 \
	sid
# A local file to take instead of asking apt: make CARES_TARBALL=/path/to/the.tar.gz
CARES_TARBALL ?=

CARES        := build/vendor/cares
CARES_RECIPE := vendor/cares_config.h vendor/cares_build.h vendor/cares_mend.sh

$(eval $(call FETCH_RULES,CARES,cares))

# The two headers that its configure script would write are ours.
$(CARES)/.unpacked: build/vendor/cares.source $(CARES_RECIPE)
	$(say) UNPACK $(@D)
	$(Q)$(call unpack,cares,$(@D))
	$(Q)cp vendor/cares_config.h $(@D)/src/lib/ares_config.h
	$(Q)cp vendor/cares_build.h $(@D)/include/ares_build.h
	$(Q)sh vendor/cares_mend.sh $(@D)
	$(Q)touch $@

# Only src/dns/resolver*.c see its header (tests/checks/layers.sh).
cares_include = $(if $(filter dns/%,$(1)),-I$(CARES)/include)
cares_library = build/$(1)/cares/libcares.a

# In a release it is kept small: a look-up waits for the network. No error of Lua ever flies through
# it, so that it needs no unwind tables.
CARES_SMALL := -Os -fno-unwind-tables -fno-asynchronous-unwind-tables

# $(call CARES_RULES,VARIANT)
# Which files there are is known when it has been unpacked: hence a make of its own.
# -fno-lto  an archive of such objects needs a plugin for ar.
# -w        our warnings are for our own code.
define CARES_RULES
build/$(1)/cares/libcares.a: $(CARES)/.unpacked vendor/cares_library.mk build/$(1)/flags $$(LIBC_$(1)) \
		| $$(LUAJIT_$(1))/src/libluajit.a
	$$(say) CARES $$@
	@mkdir -p $$(@D)
	$$(Q)$$(MAKE) --no-print-directory -s -f vendor/cares_library.mk SOURCE=$(CARES)/src/lib OUT=$$@ \
		COMPILE='$$(CC_$(1)) $$(CFLAGS_$(1)) -fno-lto -w $(if $(is_release),$(CARES_SMALL)) -DHAVE_CONFIG_H -DCARES_STATICLIB' \
		AR='$$(or $$(AR_$(1)),ar)'
endef
