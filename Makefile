# insec: rule- and model-based error injection into packed training shards.
#
#   make           build bin/
#   make demo      install what is missing, build, run the main job
#   make check     install what is missing, build, run every test
#   make install   PREFIX, DESTDIR
#   make MPI=1     insec-sft for several machines, with Open MPI

VERSION = 0.1.0

CC      ?= cc
CXX     ?= c++
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
DESTDIR ?=
MANDIR  ?= $(PREFIX)/share/man
SAN     ?=
MPI     ?=

# Debian packages: to build, and to test besides.
PACKAGES_BUILD = gcc g++ libc6-dev pkg-config libpcre2-dev libcsv-dev \
	libzstd-dev libsimdjson-dev libicu-dev libdnnl-dev libxxhash-dev libmd-dev \
	zlib1g-dev
PACKAGES_TEST  = jq zstd perl mandoc libopenmpi-dev openmpi-bin

PKG  = libpcre2-8 libzstd simdjson icu-uc icu-i18n libxxhash libmd zlib
# These two ship no pkg-config file.
LIBS = -lcsv -ldnnl

# ---- what there is: one program per src/insec-*.c, the rest is the library

PROGS := $(patsubst src/%.c,%,$(wildcard src/insec-*.c))
CORE  := $(filter-out src/insec-% src/ranks_mpi.c,$(wildcard src/*.c))
CORE  += $(wildcard src/*.cc)
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
FUZZ  := $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
MAN   := $(wildcard man/*.[157])

comma := ,
B     := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
BIN   := $(if $(SAN),$(B)/bin,bin)

NEED  = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -fopenmp \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wpointer-arith -Wvla \
	-Wwrite-strings -Isrc -I$(B) $(if $(SAN),-fsanitize=$(SAN))
NEEDXX = -std=c++17 -Wall -Wextra -Isrc $(if $(SAN),-fsanitize=$(SAN))

# Loops over bytes that are worth vectors.
$(B)/str.o $(B)/segment_bounds.o: NEED += -O3

# Kernels: more optimisation, no reordering of sums (same bytes, any thread).
# KERN's last two keep the clamps of exp from splitting its loops in three.
# Elsewhere than on x86-64 four of the files compile to "not here".
KERN = -O3 -fno-trapping-math -fno-thread-jumps
$(B)/kern.o $(B)/kern_ref.o: NEED += $(KERN)
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
$(B)/kern_avx2.o: NEED += $(KERN) -mavx2 -mfma -ffp-contract=fast
$(B)/kern_avx512.o: NEED += $(KERN) -mavx512f -mavx512bw -mavx512dq \
	-mavx512vl -mfma -mprefer-vector-width=512 -ffp-contract=fast
$(B)/kern_bf16_avx512.o $(B)/kern_bf16_amx.o: NEED += -O3 -mavx512f \
	-mavx512bw -mavx512dq -mavx512vl -mavx512bf16
$(B)/kern_f32_avx512.o: NEED += -mavx512f -mavx512bw -mavx512dq \
	-mavx512vl
$(B)/kern_bf16_amx.o: NEED += -mamx-tile -mamx-bf16
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all check demo deps deps-build lint run-check check-update \
	bench install uninstall clean

all: $(PROGS:%=$(BIN)/%)

# pkg-config is asked once; the goals that install come before it can answer.
ifneq ($(filter-out check demo deps deps-build clean uninstall,\
	$(or $(MAKECMDGOALS),all)),)
include $(B)/flags.mk
endif

$(B)/flags.mk: Makefile
	@mkdir -p $(B)/tests
	@pkg-config --exists $(PKG) || { \
	    echo 'libraries are missing; "make deps" installs them' >&2; exit 1; }
	@{ echo "PKG_CFLAGS = $$(pkg-config --cflags $(PKG))"; \
	   echo "PKG_LIBS = $$(pkg-config --libs $(PKG))"; \
	   echo "MPI_CFLAGS = $$(pkg-config --cflags ompi-c 2>/dev/null)"; \
	   echo "MPI_LIBS = $$(pkg-config --libs ompi-c 2>/dev/null)"; } > $@

# ---- build (V=1 shows the commands)

ifeq ($(V),)
Q = @printf '  %-3s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$@) &&
endif

$(B)/%.o: src/%.c $(B)/flags.mk
	$(call Q,CC)$(CC) $(CFLAGS) $(NEED) $(PKG_CFLAGS) $(CPPFLAGS) \
	    -MMD -MP -c -o $@ $<

# The packs are compiled in by the assembler, which tells make nothing.
$(B)/packs.o: $(wildcard src/packs/*)

$(B)/%.o: src/%.cc $(B)/flags.mk
	$(call Q,CXX)$(CXX) $(CFLAGS) $(NEEDXX) $(PKG_CFLAGS) $(CPPFLAGS) \
	    -MMD -MP -c -o $@ $<

$(B)/libinsec.a: $(patsubst src/%,$(B)/%.o,$(basename $(CORE)))
	$(call Q,AR)rm -f $@ && ar rcs $@ $^

LINK = $(CC) $(CFLAGS) $(NEED) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LIBS) \
	-lstdc++ -lpthread -lm

# With MPI one room takes the place of its twin in the library.
$(B)/ranks_mpi.o: NEED += $(MPI_CFLAGS)
$(B)/mpi/%: $(B)/%.o $(B)/ranks_mpi.o $(B)/libinsec.a
	@mkdir -p $(@D)
	$(call Q,LD)$(LINK) $(MPI_LIBS)
ifneq ($(MPI),)
$(BIN)/insec-sft: $(B)/ranks_mpi.o
$(BIN)/insec-sft: LIBS += $(MPI_LIBS)
endif

$(BIN)/%: $(B)/%.o $(B)/libinsec.a
	@mkdir -p $(@D)
	$(call Q,LD)$(LINK)

$(B)/tests/%: tests/unit/%.c $(B)/libinsec.a
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS) $(NEED) $(PKG_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ \
	    $< $(B)/libinsec.a $(PKG_LIBS) $(LIBS) -lstdc++ -lpthread -lm

# Fuzz targets, with a main that replays their corpus.
$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/libinsec.a
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS) $(NEED) $(PKG_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ \
	    $< tests/fuzz/replay.c $(B)/libinsec.a $(PKG_LIBS) $(LIBS) -lstdc++ \
	    -lpthread -lm

-include $(wildcard $(B)/*.d $(B)/tests/*.d $(B)/fuzz/*.d)

# ---- install what is missing (Debian packages)

MISSING = $$(for p in $(1); do \
	dpkg -s $$p 2>/dev/null | grep -q '^Status: install ok installed' \
	|| echo $$p; done)
define install_packages
	@want="$(call MISSING,$(1))"; [ -z "$$want" ] || { \
	    echo "installing:" $$want; \
	    sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	    $$sudo apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	        --no-install-recommends $$want >/dev/null; }
endef

deps:
	$(call install_packages,$(PACKAGES_BUILD) $(PACKAGES_TEST))

# ---- use

demo: deps
	@$(MAKE) --no-print-directory -j2 all
	@$(MAKE) --no-print-directory -j2 -C examples/demo

check: deps
	@$(MAKE) --no-print-directory -j2 all units
	@$(MAKE) --no-print-directory run-check
units: $(UNITS:%=$(B)/tests/%) $(FUZZ:%=$(B)/fuzz/%)
ifneq ($(MPI_LIBS),)
units: $(B)/mpi/insec-sft
endif
.PHONY: units
run-check: all units
	@GOMP_SPINCOUNT=1000 B=$(B) BIN=$(BIN) prove -j2 --merge tests/*.t $(UNITS:%=$(B)/tests/%) \
	    $(FUZZ:%=$(B)/fuzz/%)

check-update: all
	@BIN=$(BIN) UPDATE=1 prove tests/cases.t

# Against other programs' results; needs node, npm and a network.
check-peers: all
	@BIN=$(BIN) tests/peers/tokenize/run
	@BIN=$(BIN) tests/peers/chat/run
.PHONY: check-peers

lint: all
	@BIN=$(BIN) prove tests/lint.t

# ---- measure (figures only; nothing is asserted)

$(B)/bench/%: tests/bench/%.c $(B)/libinsec.a
	@mkdir -p $(@D)
	$(call Q,LD)$(LINK)

# Beside PyTorch where there is one, and llm.c where LLMC names a program;
# LARGE=1 adds GPT-2's own size.
bench-sft: $(B)/bench/step
	@tests/bench/sft $<
.PHONY: bench-sft

bench: $(B)/bench/step
	$< 4 128 4 4 352 261 8192 256 1 9
	$< 4 128 4 4 352 261 8192 256 2 9
	$< 6 384 6 6 1024 8192 4096 256 1 5
	$< 6 384 6 6 1024 8192 4096 256 2 5

# insec-pack and insec-unpack: tokens/s, and what each way to fill rows leaves.
bench-pack: all $(B)/bench/fit
	@PATH=$(CURDIR)/$(BIN):$$PATH perl tests/bench/pack.pl $(B)/bench/fit
.PHONY: bench-pack

# insec-tokenize and insec-vocab beside wc, jq and the peers.
bench-tokenize: all
	@BIN=$(BIN) tests/bench/tokenize
.PHONY: bench-tokenize

# insec-corrupt beside sed, in one run.
bench-corrupt: all
	@BIN=$(BIN) tests/bench/corrupt
.PHONY: bench-corrupt

# Decoding: one sequence and 64, beside llama.cpp where LLAMA names its
# llama-batched-bench; LARGE=1 adds GPT-2's own size.
bench-generate: all $(B)/bench/generate
	@BIN=$(BIN) tests/bench/decode $(B)/bench/generate 2
.PHONY: bench-generate

# insec-corrupt with a checkpoint beside insec-generate: tokens/s.
bench-own: all
	@BIN=$(BIN) tests/bench/own
.PHONY: bench-own

# insec-pair beside jq; needs GNU time.
bench-pair: all
	@BIN=$(BIN) tests/bench/pair
.PHONY: bench-pair

# ---- place

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7
	install -m 755 $(PROGS:%=$(BIN)/%) $(DESTDIR)$(PREFIX)/bin
	for s in 1 5 7; do \
	    install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s; done

uninstall:
	cd $(DESTDIR)$(PREFIX)/bin && rm -f $(PROGS)
	for m in $(notdir $(MAN)); do \
	    rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m; done

clean:
	rm -rf build build-* bin
