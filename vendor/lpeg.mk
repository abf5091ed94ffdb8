# SPDX-License-Identifier: BSD-3-Clause
# LPeg, and the module re that comes with it. Included by the Makefile.

LPEG_PACKAGE := lua-lpeg
LPEG_SERIES  := 1.1
LPEG_PINS    := trixie/1.1.0-2/4b155d67d2246c1ffa7ad7bc466c1ea899bbc40fef0257cc9c03cecbaed4352a sid
# A local file to take instead of asking apt: make LPEG_TARBALL=/path/to/the.tar.gz
LPEG_TARBALL ?=

LPEG := build/vendor/lpeg

$(eval $(call FETCH_RULES,LPEG,lpeg))

# license.txt: the last section of the manual, without its tags.
$(LPEG)/.unpacked: build/vendor/lpeg.source
	$(say) UNPACK $(@D)
	$(Q)$(call unpack,lpeg,$(@D))
	$(Q)text=$$(sed -n '/name="license"/,/<.div>/ { /^<h2>/d; s/&copy;/(c)/; s/<[^>]*>//g; s/[[:space:]]*$$//; p }' \
		$(@D)/lpeg.html | cat -s) && printf '%s\n' "$$text" | sed 1d >$(@D)/license.txt
	$(Q)grep -q '^Copyright' $(@D)/license.txt && grep -q '^THE SOFTWARE' $(@D)/license.txt
	$(Q)touch $@

lpeg_objects = $(foreach name,lpvm lpcap lptree lpcode lpprint lpcset,build/$(1)/lpeg/$(name).o)

# $(call LPEG_RULES,VARIANT)
# -w       our warnings are for our own code.
# -DNDEBUG where speed counts; the other variants keep LPeg's assertions.
define LPEG_RULES
build/$(1)/lpeg/%.o: $(LPEG)/.unpacked build/$(1)/flags $$(LIBC_$(1)) | $$(LUAJIT_$(1))/src/libluajit.a
	$$(say) CC $$@
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_$(1)) -w $(if $(is_release),-DNDEBUG) \
		-I$$(LUAJIT_$(1))/src -c $(LPEG)/$$*.c -o $$@
endef
