# SPDX-License-Identifier: BSD-3-Clause
# The soak test at length: `make check` runs it for some seconds, `make check-long` for minutes.

.PHONY: soak
unexport CONNECTIONS SECONDS

soak: sssrun ## many connections for a long time, with a plot: CONNECTIONS= (20000) SECONDS= (300)
	$(Q)./sssrun tests/soak/soak.lua 'connections=$(or $(CONNECTIONS),20000)' \
		'seconds=$(or $(SECONDS),300)'
