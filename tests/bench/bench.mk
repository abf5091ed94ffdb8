# SPDX-License-Identifier: BSD-3-Clause
# The benchmark: its programs, `make bench`, bench-plot and bench-setup; see tests/bench/README.md.

.PHONY: bench bench-plot bench-programs bench-setup
unexport ROWS PEERS BLOCKS SLICE_MS AWAKE

BENCH_CFLAGS   := -std=gnu11 -D_GNU_SOURCE -O2 $(WARNINGS)
BENCH_PROGRAMS := build/bench/load build/bench/reference build/bench/hello

build/bench/load: $(wildcard tests/bench/load*.[ch])
build/bench/reference: $(wildcard tests/bench/reference*.[ch])
build/bench/load build/bench/reference: | $(READY)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)gcc $(BENCH_CFLAGS) $(filter %.c,$^) -o $@

# Static and musl, like the program that it is compared with.
build/bench/hello: tests/bench/hello.c $(LIBC_release) | $(READY)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC_release) $(BENCH_CFLAGS) -static -no-pie -s $< -o $@

bench-programs: $(BENCH_PROGRAMS)
check check-long: $(BENCH_PROGRAMS)

build/bench/go: tests/bench/peers/go.go
	$(say) GO $@
	@mkdir -p $(@D)
	$(Q)GOCACHE=$(CURDIR)/build/bench/go-cache GOFLAGS=-mod=mod go build -o $@ $<

bench: sssrun $(BENCH_PROGRAMS) ## measure against servers in C: ROWS= PEERS= BLOCKS= SLICE_MS= AWAKE=
	$(Q)if command -v go >/dev/null; then $(MAKE) -s --no-print-directory build/bench/go; fi
	$(Q)./sssrun tests/bench/run.lua 'rows=$(ROWS)' 'peers=$(PEERS)' 'blocks=$(BLOCKS)' \
		'ms=$(SLICE_MS)' 'awake=$(AWAKE)'

bench-setup: ## install the peers that `make bench` compares with (apt-get, as root or by sudo)
	@sh tests/bench/setup.sh

bench-plot: sssrun ## draw build/bench/bench.svg of the last `make bench`
	$(Q)./sssrun tests/bench/plot.lua
