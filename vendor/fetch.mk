# SPDX-License-Identifier: BSD-3-Clause
# How the recipes get their archives. Included by the Makefile, before them.

# make STRICT=1 takes nothing but the versions that the recipes pin; see vendor/fetch.sh.
STRICT ?=

# All that is fetched.
FETCHED :=

# $(call FETCH_RULES,NAME,WORD): rules for build/vendor/WORD.source, which says what was fetched and
# where it is, for a recipe with NAME_PACKAGE, NAME_SERIES, NAME_PINS and NAME_TARBALL. What was
# fetched without a pin is looked at again when there must be one.
define FETCH_RULES
FETCHED += build/vendor/$(2).source
build/vendor/$(2).source: vendor/$(2).mk vendor/fetch.sh vendor/fetch.mk \
		$(if $(STRICT),$(if $(shell grep -s pinned=no build/vendor/$(2).source),FORCE)) | $$(READY)
	$$(say) FETCH '$$($(1)_PACKAGE)'
	@mkdir -p $$(@D)
	$$(Q)$(1)_TARBALL='$$($(1)_TARBALL)' STRICT='$$(STRICT)' sh vendor/fetch.sh $(1)_TARBALL \
		$$($(1)_PACKAGE) $$($(1)_SERIES) $$@ $$($(1)_PINS)
.PRECIOUS: build/vendor/$(2).source
endef

# $(call unpack,WORD,FOLDER): shell words. Those of tar behind them choose files.
unpack = rm -rf $(2) && mkdir -p $(2) && \
	tar -xf "$$(sed -n 's/^file=//p' build/vendor/$(1).source)" -C $(2) --strip-components=1

# $(call mend,WORD,FOLDER): runs vendor/WORD_mend.sh. In a version that is not pinned it may be that
# there is nothing left to mend: the rest is mended all the same.
mend = if grep -q pinned=no build/vendor/$(1).source; then \
	sed 's/^set -eu$$/set -u/' vendor/$(1)_mend.sh | sh -s $(2) || true; \
	else sh vendor/$(1)_mend.sh $(2); fi
