# springback: two commands do everything.
#
#   make paper    install what is missing, build, run the main job, leave figures and a report
#   make check    install what is missing, build, pass all tests
#
# See docs/contributing.md for the others.

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc)
DESTDIR ?=

CC       ?= cc
CFLAGS   ?= -O3 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
# One contraction rule for every compiler, so that results are the same bits everywhere.
LANGUAGE := -std=c17 -D_POSIX_C_SOURCE=200809L -ffp-contract=off

# Optional: tokenizers that cut texts by regular expressions need PCRE2; make PCRE2=no builds without.
PCRE2 ?= $(shell pkg-config --exists libpcre2-8 && echo yes || echo no)
PCRE2 := $(PCRE2)

PACKAGES := fftw3 gsl libarchive jansson libxxhash nettle libutf8proc $(if $(filter yes,$(PCRE2)),libpcre2-8)
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
# libcsv has no pkg-config file: it is probed by linking (see $(BUILD)/probe.ok).
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES)) -lcsv

# Optional: certificates need Arb: on Debian 12 arb.h and -lflint-arb, elsewhere part of FLINT 3. Both are probed
# by linking; make FLINT=no builds without.
HASH := \#
FLINT ?= $(shell mkdir -p $(BUILD); \
  probe() { header=$$1; shift; printf '$(HASH)include <%s>\nint main(void){arb_t x;arb_init(x);return 0;}\n' $$header | \
            $(CC) -x c - "$$@" -o $(BUILD)/probe.flint 2>/dev/null && rm -f $(BUILD)/probe.flint; }; \
  if probe flint/arb.h $$(pkg-config --cflags --libs flint 2>/dev/null) -lflint -lgmp; then echo 3; \
  elif probe arb.h -lflint-arb -lflint -lgmp; then echo 2; else echo no; fi)
FLINT := $(FLINT)
FLINT_CFLAGS := -DSB_FLINT=$(if $(filter 2 3,$(FLINT)),$(FLINT),0)
FLINT_LIBS :=
ifeq ($(FLINT),3)
FLINT_CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags flint 2>/dev/null))
FLINT_LIBS := $(or $(shell pkg-config --libs flint 2>/dev/null),-lflint) -lgmp
else ifeq ($(FLINT),2)
FLINT_LIBS := -lflint-arb -lflint -lgmp
endif

OPTIONAL := $(FLINT_CFLAGS) -DSB_PCRE2=$(if $(filter yes,$(PCRE2)),1,0)

ALL_CFLAGS = $(LANGUAGE) $(WARNINGS) $(CFLAGS) -pthread -I. $(PKG_CFLAGS) $(OPTIONAL)
ALL_LIBS   = $(PKG_LIBS) $(FLINT_LIBS) -lm -pthread

LIBRARY_SOURCES := $(wildcard theory/*.c data/*.c estimators/*.c estimators/*/*.c)
COMMAND_SOURCES := $(wildcard cli/*.c)
TEST_SOURCES    := $(wildcard tests/test_*.c)
FUZZ_SOURCES    := $(wildcard tests/fuzz/fuzz_*.c)
HEADERS         := $(wildcard theory/*.h data/*.h estimators/*.h estimators/*/*.h)
PLOT_SCRIPTS    := $(wildcard plots/*.gp)
REPORT_TEMPLATE := plots/datasets.md

# The part of theory/ that needs libm alone: it compiles anywhere, also for docs/seminar/explore.html.
LIBM_ONLY := status numeric dist root radix_sort token_tree huffman code_length tree_alignment mixture elasticity threshold

LIBRARY := $(BUILD)/libspringback.a
COMMAND := $(BUILD)/springback
TESTS   := $(TEST_SOURCES:tests/%.c=$(BUILD)/tests/%)

object = $(patsubst %.c,$(BUILD)/objects/%.o,$(1))

.PHONY: all build paper figures check deps test sanitize coverage coverage-print faults valgrind fuzz fuzz-run layers bench format man api install uninstall dist distcheck clean
.DELETE_ON_ERROR:

all: build
build: $(COMMAND) $(LIBRARY)

# ---- building ---------------------------------------------------------------------------------

$(BUILD)/objects/%.o: %.c $(BUILD)/probe.ok
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The kernels of each vector width; which of them runs is chosen at run time.
ifneq ($(filter x86_64 amd64,$(shell $(CC) -dumpmachine | cut -d- -f1)),)
$(BUILD)/objects/estimators/transformer/kernels_avx2.o: ALL_CFLAGS += -mavx2 -mfma
$(BUILD)/objects/estimators/transformer/kernels_avx512.o: ALL_CFLAGS += -mavx512f
endif

# What depends on an optional library is built again when it comes or goes.
$(BUILD)/flint.$(FLINT) $(BUILD)/pcre2.$(PCRE2):
	@mkdir -p $(@D)
	@rm -f $(basename $@).* && touch $@
	@case $@ in *flint.no) echo 'springback: built without FLINT (libflint-arb-dev): certificates are off' >&2;; \
	  *pcre2.no) echo 'springback: built without PCRE2 (libpcre2-dev): regular expressions in tokenizers are off' >&2;; esac
$(call object,$(wildcard theory/cert*.c theory/recheck*.c)): $(BUILD)/flint.$(FLINT)
$(call object,data/pattern.c): $(BUILD)/pcre2.$(PCRE2)

$(LIBRARY): $(call object,$(LIBRARY_SOURCES))
	@rm -f $@
	$(AR) rcs $@ $^

$(COMMAND): $(call object,$(COMMAND_SOURCES)) $(BUILD)/objects/plot_scripts.o $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(ALL_LIBS) -o $@

# The gnuplot scripts and a template travel inside the binary: no path is looked up at run time.
$(BUILD)/plot_scripts.c: $(PLOT_SCRIPTS) $(REPORT_TEMPLATE) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "cli/plot_scripts.h"'; \
	for f in $(PLOT_SCRIPTS); do n=$$(basename $$f .gp); \
	  echo "static const char script_$$n[] = {"; od -An -v -tx1 $$f | sed 's/ \(..\)/0x\1,/g'; echo "0};"; done; \
	echo 'const unsigned char report_template[] = {'; od -An -v -tx1 $(REPORT_TEMPLATE) | sed 's/ \(..\)/0x\1,/g'; echo "0};"; \
	echo 'const struct plot_script plot_scripts[] = {'; \
	for f in $(PLOT_SCRIPTS); do n=$$(basename $$f .gp); echo "{\"$$n\", script_$$n},"; done; \
	echo '{0, 0}};'; } >$@

$(BUILD)/objects/plot_scripts.o: $(BUILD)/plot_scripts.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

# The version header changes only when the version or the commit does.
# An archive made by "make dist" says its commit and that commit's date in the file commit.
COMMIT := $(shell cat commit 2>/dev/null || git log -1 --abbrev=12 --format='%h %cs' 2>/dev/null || echo 'unknown 1970-01-01')
DIRTY  := $(shell git diff --quiet HEAD 2>/dev/null; [ $$? = 1 ] && [ ! -e commit ] && echo -dirty)
GIT_HASH := $(firstword $(COMMIT))$(DIRTY)
$(BUILD)/version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define SB_VERSION "%s"\n#define SB_GIT_HASH "%s"\n' '$(VERSION)' '$(GIT_HASH)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/objects/cli/springback.o: ALL_CFLAGS += -I$(BUILD)
$(BUILD)/objects/cli/springback.o: $(BUILD)/version.h
FORCE:

$(BUILD)/probe.ok: Makefile $(BUILD)/pcre2.$(PCRE2)
	@mkdir -p $(@D)
	@pkg-config --exists --print-errors $(PACKAGES) && \
	echo 'int main(void){return 0;}' | $(CC) -x c - -lcsv -o $(BUILD)/probe || \
	{ echo 'springback: a library is missing: run "make deps"' >&2; exit 1; }
	@rm -f $(BUILD)/probe && touch $@

-include $(patsubst %.c,$(BUILD)/objects/%.d,$(LIBRARY_SOURCES) $(COMMAND_SOURCES))
-include $(TESTS:=.d)

# ---- tests ------------------------------------------------------------------------------------

$(BUILD)/tests/%: tests/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP $< $(LIBRARY) $(ALL_LIBS) -lcmocka -o $@

# The command with faults on demand (tests/faults.c): its calls go through the wrappers there.
$(BUILD)/objects/tests/faults.o: ALL_CFLAGS += -Wno-pedantic
$(BUILD)/faults/springback: $(call object,$(COMMAND_SOURCES) tests/faults.c) $(BUILD)/objects/plot_scripts.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $$(nm $(call object,tests/faults.c) | sed -n 's/.* T __wrap_/-Wl,--wrap=/p') $^ $(ALL_LIBS) -o $@
$(BUILD)/tests/test_faults: | $(BUILD)/faults/springback


# More kinds of calls than test_faults tries, each twice and once for good, with a look for leaks: an hour.
faults:
	$(MAKE) BUILD=$(BUILD)/sanitize CFLAGS='$(SANITIZE)' $(BUILD)/sanitize/faults/springback
	tests/faults.sh $(abspath $(BUILD))/sanitize/faults/springback $(or $(DEPTH),4) 2

# The same commands without a fault. Where valgrind knows no AVX-512, AVX2 runs anyway.
valgrind:
	@$(MAKE) deps FOR=valgrind
	@$(MAKE) build
	LIMIT=3600 SPRINGBACK_KERNELS=avx2 tests/faults.sh 'valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect $(abspath $(COMMAND))' 1 0

# Every test program runs from the top of the project; SPRINGBACK names the binary under test. As many at a
# time as there are processors; each prints when it has ended.
test: $(TESTS) $(COMMAND)
	@rm -f $(BUILD)/tests/*.failed; \
	printf '%s\n' $(TESTS) | SPRINGBACK=$(abspath $(COMMAND)) xargs -P $(JOBS) -I{} sh -c \
	  '{ echo "== $$(basename {})"; {} || touch {}.failed; } >{}.log 2>&1; flock $(BUILD)/tests cat {}.log'; \
	failed=$$(cd $(BUILD)/tests && ls *.failed 2>/dev/null); \
	if [ -n "$$failed" ]; then echo "FAILED:" $$failed >&2; exit 1; fi; echo "all tests passed"

SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all
sanitize:
	$(MAKE) -j$(JOBS) BUILD=$(BUILD)/sanitize CFLAGS='$(SANITIZE)' test

# The share of lines that the tests run, by folder, and the files that lack most. What runs under a limit on
# files would spoil the profiles: the tests turn it aside by GCOV_PREFIX. Faults would hit the profiler.
coverage:
	@rm -rf /tmp/springback-profiles; find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null; true
	GCOV_ERROR_FILE=/dev/null $(MAKE) BUILD=$(BUILD)/coverage CFLAGS='-O1 -g --coverage' \
	  TEST_SOURCES='$(filter-out tests/test_faults.c,$(TEST_SOURCES))' test coverage-print

coverage-print:
	@for f in $(LIBRARY_SOURCES) $(COMMAND_SOURCES); do gcov -n -o $(BUILD)/objects/$${f%.c}.o $$f 2>/dev/null; done | awk -f tests/coverage.awk

# Any bytes, and what they reach, for every tests/fuzz/fuzz_*.c (tests/fuzz/run.sh).
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all \
  -fprofile-instr-generate -fcoverage-mapping
fuzz:
	@$(MAKE) deps FOR=fuzz
	@$(MAKE) CC=clang BUILD=$(BUILD)/fuzz CFLAGS='$(FUZZ_FLAGS)' fuzz-run

fuzz-run: $(FUZZ_SOURCES:tests/fuzz/%.c=$(BUILD)/%)
	@tests/fuzz/run.sh $(BUILD) $(FUZZ_SECONDS) $^

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(LIBRARY)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $< $(LIBRARY) $(ALL_LIBS) -o $@

# Data flows one way: theory <- data <- estimators <- cli. The compiler's own dependency files say
# who includes whom; each header must compile by itself.
layers: build
	@bad=$$(for layer in theory data estimators; do \
	  case $$layer in theory) allowed='theory';; data) allowed='theory|data';; *) allowed='theory|data|estimators';; esac; \
	  for d in $$(find $(BUILD)/objects/$$layer -name '*.d'); do \
	    tr ' \\' '\n\n' <$$d | grep -E '^(theory|data|estimators|cli)/.*\.h$$' | sort -u | grep -vE "^($$allowed)/" | sed "s|^|$$d includes |"; done; done); \
	if [ -n "$$bad" ]; then echo "layers: against the direction of data:"; echo "$$bad"; exit 1; fi
	@for h in $(HEADERS) $(wildcard cli/*.h); do \
	  $(CC) $(LANGUAGE) $(WARNINGS) -I. $(PKG_CFLAGS) $(OPTIONAL) -Werror -x c -fsyntax-only -include $$h /dev/null || { echo "layers: $$h does not compile by itself"; exit 1; }; done
	@for h in $(HEADERS); do echo "#include \"$$h\""; done | \
	  $(CC) $(LANGUAGE) $(WARNINGS) -I. $(PKG_CFLAGS) $(OPTIONAL) -Werror -x c -fsyntax-only - || { echo "layers: headers do not go together"; exit 1; }
	@for m in $(LIBM_ONLY); do \
	  if grep -nE '#include <(gsl|fftw|archive|jansson|nettle|csv|pcre2|utf8proc|xxhash|pthread)' theory/$$m.[ch]; then echo "layers: theory/$$m needs more than libm"; exit 1; fi; done
	@echo "layers: data flows one way, every header stands alone"

# ---- the two commands of the README -----------------------------------------------------------

check:
	@$(MAKE) deps FOR=check
	$(MAKE) -j$(JOBS) test
	$(MAKE) layers
	$(MAKE) sanitize

paper:
	@$(MAKE) deps FOR=paper
	$(MAKE) -j$(JOBS) build
	$(COMMAND) report plots/paper.md --output $(BUILD)/paper

# The pictures of docs/theory.md and of the seminar's handout, from the commands in them.
figures: build
	$(COMMAND) report docs/theory.md --output $(BUILD)/theory
	cp $(BUILD)/theory/figures/*.svg docs/figures/
	$(COMMAND) report docs/seminar/handout.md --output $(BUILD)/seminar
	cp $(BUILD)/seminar/figures/*.svg docs/seminar/figures/

bench:
	@$(MAKE) build $(BUILD)/bench $(BUILD)/bench_transformer $(BUILD)/bench_train
	$(BUILD)/bench $(COMMAND)
	$(BUILD)/bench_transformer $(COMMAND)
	$(BUILD)/bench_train

$(BUILD)/bench $(BUILD)/bench_transformer $(BUILD)/bench_train: $(BUILD)/%: tests/%.c tests/bench.h $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $< $(LIBRARY) $(ALL_LIBS) -o $@

# ---- the seminar (docs/seminar) -----------------------------------------------------------------

# The page: the library compiled to WebAssembly and put into its source. EXPLORE is where it goes.
EMCC    ?= emcc
EXPLORE ?= docs/seminar/explore.html
EXPLORE_SOURCES := $(LIBM_ONLY:%=theory/%.c) docs/seminar/explore.c

.PHONY: seminar explore
# The texts as pages, and the slides where there is LaTeX. Their figures are among the handout's commands.
seminar: build
	$(COMMAND) report docs/seminar/handout.md --output $(BUILD)/seminar
	@for text in exercises solutions; do \
	  $(COMMAND) report docs/seminar/$$text.md --output $(BUILD)/seminar/$$text || exit 1; done
	@echo 'seminar: report.html, exercises/report.html and solutions/report.html in $(BUILD)/seminar'
	@if ! command -v pdflatex >/dev/null; then \
	  echo 'seminar: no pdflatex, so no slides; install it by: make deps FOR=seminar'; exit 0; fi; \
	cp docs/seminar/slides.tex $(BUILD)/seminar/slides/ && cd $(BUILD)/seminar/slides && for pass in 1 2; do \
	  SOURCE_DATE_EPOCH=0 FORCE_SOURCE_DATE=1 pdflatex -interaction=nonstopmode -halt-on-error slides.tex >slides.messages || \
	  { grep -A 3 '^!' slides.messages >&2; exit 1; }; done && mv slides.pdf .. && echo 'seminar: $(BUILD)/seminar/slides.pdf'

explore:
	@command -v $(EMCC) >/dev/null || { echo 'springback: no $(EMCC); run: make deps FOR=seminar' >&2; exit 1; }
	@mkdir -p $(BUILD)/seminar
	$(EMCC) -Oz -std=c17 -DNDEBUG -ffp-contract=off $(WARNINGS) -I. --no-entry -sALLOW_MEMORY_GROWTH=1 \
	  $(EXPLORE_SOURCES) -o $(BUILD)/seminar/explore.wasm
	@base64 $(BUILD)/seminar/explore.wasm | tr -d '\n' | awk -v version="$$($(EMCC) --version | grep -o '[0-9.]\{5,\}' | head -n 1)" '\
	  NR == FNR { wasm = $$0; next } \
	  /^@SCRIPT@$$/ { while ((getline line <"docs/seminar/explore.js") > 0) { \
	    sub(/@WASM@/, wasm, line); sub(/@EMCC@/, version, line); print line }; next } \
	  { print }' - docs/seminar/explore.in.html >$(BUILD)/seminar/explore.html
	@cmp -s $(BUILD)/seminar/explore.html $(EXPLORE) || cp $(BUILD)/seminar/explore.html $(EXPLORE)

# ---- dependencies -----------------------------------------------------------------------------

BUILD_PACKAGES := gcc libc6-dev pkg-config libfftw3-dev libgsl-dev libarchive-dev libjansson-dev libcsv-dev nettle-dev libpcre2-dev libutf8proc-dev libxxhash-dev libflint-arb-dev libflint-dev
CHECK_PACKAGES := $(BUILD_PACKAGES) libcmocka-dev gnuplot-nox zstd xz-utils mpich mandoc
PAPER_PACKAGES := $(BUILD_PACKAGES) gnuplot-nox dict-gcide fortunes fortunes-min
BENCH_PACKAGES := $(BUILD_PACKAGES) xz-utils bzip2 zstd brotli p7zip-full zpaq dict-gcide dict-wn dict-foldoc dict-jargon dict-vera mythes-en-us
VALGRIND_PACKAGES := $(CHECK_PACKAGES) valgrind
FUZZ_PACKAGES  := $(BUILD_PACKAGES) clang libclang-rt-14-dev llvm
SEMINAR_PACKAGES := $(BUILD_PACKAGES) gnuplot-nox emscripten chromium texlive-latex-recommended texlive-pictures texlive-fonts-recommended lmodern
FOR ?= check paper
DEPS = $(sort $(if $(filter seminar,$(FOR)),$(SEMINAR_PACKAGES)) $(if $(filter fuzz,$(FOR)),$(FUZZ_PACKAGES)) $(if $(filter valgrind,$(FOR)),$(VALGRIND_PACKAGES)) $(if $(filter bench,$(FOR)),$(BENCH_PACKAGES)) $(if $(filter check,$(FOR)),$(CHECK_PACKAGES)) $(if $(filter paper,$(FOR)),$(PAPER_PACKAGES)))

deps:
	@if ! command -v dpkg-query >/dev/null; then \
	  echo 'springback: not a Debian system; install the equivalents of: $(DEPS)' >&2; exit 0; fi; \
	missing=; for p in $(DEPS); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ]; then sudo=; elif sudo -n true 2>/dev/null; then sudo=sudo; else \
	  echo "springback: run this, then try again:  sudo apt-get install -y --no-install-recommends$$missing" >&2; exit 1; fi; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing

# ---- the rest ---------------------------------------------------------------------------------

format:
	clang-format -i $(LIBRARY_SOURCES) $(COMMAND_SOURCES) $(wildcard tests/*.c tests/*.h tests/fuzz/*.c) $(HEADERS) $(wildcard cli/*.h)

# The API reference is made from the headers.
api: $(HEADERS) docs/api.awk
	@rm -rf $(BUILD)/api && mkdir -p $(BUILD)/api
	@awk -v folder=$(BUILD)/api -v version=$(VERSION) -f docs/api.awk $(HEADERS) $(HEADERS)
	@echo 'open $(BUILD)/api/index.html'

# Manual pages are made from what --help prints.
man: $(BUILD)/man/springback.1
$(BUILD)/man/springback.1: $(COMMAND) docs/man/pages.sh docs/man/page.awk
	@rm -rf $(@D) && docs/man/pages.sh $(COMMAND) $(lastword $(COMMIT)) $(@D)

INCLUDE    := $(DESTDIR)$(PREFIX)/include/springback
MAN        := $(DESTDIR)$(PREFIX)/share/man/man1
COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
install: build man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 755 $(COMMAND) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib/
	for h in $(HEADERS); do install -D -m 644 $$h $(INCLUDE)/$$h || exit 1; done
	install -d $(MAN) $(COMPLETION)
	install -m 644 $(BUILD)/man/*.1 $(MAN)/
	install -m 644 docs/man/springback.bash $(COMPLETION)/springback
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: springback' 'Description: Compression-theory analysis of elasticity' \
	  'Version: $(VERSION)' 'Requires: $(PACKAGES)' 'Cflags: -I$${prefix}/include/springback' \
	  'Libs: -L$${prefix}/lib -lspringback -lcsv $(FLINT_LIBS) -lm -pthread' \
	  >$(DESTDIR)$(PREFIX)/lib/pkgconfig/springback.pc

# With the PREFIX and DESTDIR of the installation.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/springback $(DESTDIR)$(PREFIX)/lib/libspringback.a $(DESTDIR)$(PREFIX)/lib/pkgconfig/springback.pc
	rm -f $(MAN)/springback.1 $(MAN)/springback-*.1 $(COMPLETION)/springback
	rm -rf $(INCLUDE)

# The last commit as an archive that builds without git: the same commit gives the same bytes.
DIST := springback-$(VERSION)
dist:
	@git diff --quiet HEAD || { echo 'springback: dist packs the last commit; commit your changes first' >&2; exit 1; }
	@mkdir -p $(BUILD)
	git archive --prefix=$(DIST)/ --add-virtual-file=$(DIST)/commit:"$$(git log -1 --abbrev=12 --format='%h %cs')" HEAD >$(BUILD)/$(DIST).tar
	xz -9 -T1 -f $(BUILD)/$(DIST).tar

# Builds, runs and installs what dist has packed.
distcheck: dist
	rm -rf $(BUILD)/distcheck && mkdir $(BUILD)/distcheck && tar -xf $(BUILD)/$(DIST).tar.xz -C $(BUILD)/distcheck
	$(MAKE) -C $(BUILD)/distcheck/$(DIST) BUILD=build DESTDIR= PREFIX=$(abspath $(BUILD)/distcheck/root) install
	$(BUILD)/distcheck/root/bin/springback verify R3 && $(BUILD)/distcheck/root/bin/springback --version

clean:
	rm -rf $(BUILD)
