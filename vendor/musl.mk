# SPDX-License-Identifier: BSD-3-Clause
# musl for the other architecture: this machine's own is in the installed package musl-dev, the
# other one's is the same package of Debian for that architecture. Included by the Makefile.

# Programs for HOST are built here natively, those for OTHER with Debian's cross compiler.
HOST  := $(shell uname -m)
OTHER := $(if $(filter x86_64,$(HOST)),aarch64,$(if $(filter aarch64,$(HOST)),x86_64))

MUSL_SUITE   := bookworm
MUSL_VERSION := 1.2.3-1
MUSL_ARCH_aarch64   := arm64
MUSL_SHA256_aarch64 := 55c2ca4bc3041c8ed8ac7dc3ef6080d9551a21650568b2fd7610b59eaf98a4f4
MUSL_ARCH_x86_64    := amd64
MUSL_SHA256_x86_64  := 7c34f29a0c1aa12f6da1d25ed6de6fe6bbd9e048ee76b3dcb88c5e51fb65507f
# A local file to take instead of asking apt: make runtimes MUSL_ARM64_DEB=/path/to/the.deb
# (on an arm64 machine: MUSL_AMD64_DEB)
MUSL_ARM64_DEB ?=
MUSL_AMD64_DEB ?=
MUSL_LOCAL_aarch64  := MUSL_ARM64_DEB
MUSL_LOCAL_x86_64   := MUSL_AMD64_DEB

MUSL_OTHER   := build/vendor/musl-$(OTHER)
MUSL_PACKAGE := build/vendor/musl-dev_$(MUSL_VERSION)_$(MUSL_ARCH_$(OTHER)).deb

$(MUSL_PACKAGE): vendor/musl.mk vendor/fetch.sh | $(READY)
	$(say) FETCH $(@F)
	$(Q)$(MUSL_LOCAL_$(OTHER))='$($(MUSL_LOCAL_$(OTHER)))' sh vendor/fetch.sh \
		$(MUSL_LOCAL_$(OTHER)) $(MUSL_SUITE) $(@F) $(MUSL_SHA256_$(OTHER)) $@

# The package's specs for gcc, without the places where its files would be installed: those of the
# headers and of the libraries come from vendor/musl_gcc.sh, so that the build folder can be moved.
$(MUSL_OTHER)/specs: $(MUSL_PACKAGE) vendor/musl_gcc.sh
	$(say) UNPACK $(@D)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)ar p $(MUSL_PACKAGE) data.tar.xz | tar -xJf - -C $(@D)
	$(Q)sed -E -e 's#/usr/include/$(OTHER)-linux-musl#%:getenv(SSSRUN_MUSL &)#' \
		-e 's#-L/usr/lib/$(OTHER)-linux-musl##' \
		-e 's#/usr/lib/$(OTHER)-linux-musl/([a-zA-Z0-9]+\.o)#\1%s#g' \
		$(@D)/usr/lib/$(OTHER)-linux-musl/musl-gcc.specs >$@.part
	$(Q)! grep /usr/lib $@.part && mv $@.part $@
