# SPDX-License-Identifier: GPL-2.0
#
# `make help` lists the targets and variables.

.DEFAULT_GOAL := modules
MAKEFLAGS += --no-print-directory

top := $(CURDIR)
ifneq ($(words $(top)),1)
$(error make cannot build below a directory with a blank in its name: $(top))
endif
OUT ?= $(top)/build
ifneq ($(words $(OUT)),1)
$(error make cannot build in a directory with a blank in its name: $(OUT))
endif
override OUT := $(abspath $(OUT))
export IOMMUFDX_OUT := $(OUT)

# V=1 shows the commands.
Q := $(if $(V),,@)

# --- Modules ------------------------------------------------------------------
# Which kernel is asked by the recipe, not here: the answer may cost a download.
ifdef KERNEL
kdir = $$(tools/vm/kernel headers '$(KERNEL)')
else ifdef KDIR
kdir = $(abspath $(KDIR))
else
kdir = $$(tools/vm/kernel default-headers)
endif
kbuild-args = $(if $(W),W='$(W)') $(if $(C),C='$(C)') $(if $(V),V='$(V)')

PHONY += modules modules_install
modules:
	+$(Q)kdir="$(kdir)" && tools/vm/build-modules "$$kdir" modules $(kbuild-args)

modules_install: modules
	+$(Q)kdir="$(kdir)" && tools/vm/build-modules "$$kdir" modules_install \
		$(kbuild-args) INSTALL_MOD_PATH='$(DESTDIR)'

# --- User programs --------------------------------------------------------------
# Each directory has a Makefile with `all` that builds into BUILD. To add one, name
# it here. Everything executable in $(OUT)/user/*/ is in the guest's PATH.
USER := lib iommuctl selftests bench
dir-lib := tools/lib/iommufdx
dir-iommuctl := tools/iommuctl
dir-selftests := tools/testing/selftests/iommufdx
dir-bench := tools/testing/bench/ioas
# kselftest_harness.h is Linux's own, fetched with the source of 7.3.
args-selftests = KSELFTEST_INC="$$(tools/vm/kernel source 7.3)/tools/testing/selftests"

PHONY += user $(USER:%=user-%)
user: $(USER:%=user-%)
# The others link the library.
$(filter-out user-lib,$(USER:%=user-%)): user-lib
# Several people may build in one tree, hence the lock.
$(USER:%=user-%): user-%:
	+$(Q)mkdir -p '$(OUT)/user/$*' && flock '$(OUT)/user/.$*.lock' \
		$(MAKE) $(if $(V),,-s) -C $(dir-$*) BUILD='$(OUT)/user/$*' \
		$(args-$*) all

# --- Run and test -----------------------------------------------------------------
PHONY += setup run demo check check-full conformance bench bench-pgtable bench-dirty \
	bench-invalidate
setup:
	$(Q)tools/vm/setup $(or $(FOR),all)

# The selftests are left to `make user`: they need kselftest's headers (160 MB).
run: user-iommuctl
	$(Q)tools/vm/run $(if $(KERNEL),--kernel '$(KERNEL)') $(RUN)

demo:
	$(Q)tools/vm/demo

check:
	$(Q)tools/testing/check $(CHECK)

check-full:
	$(Q)tools/testing/check --full $(CHECK)

# Linux's own iommufd selftests, against our /dev/iommu.
conformance: modules
	$(Q)tools/testing/conformance/run --kernel '$(or $(KERNEL),6.1)' $(RUN)

# Ours against Linux 7.3's, in a machine whose clock counts instructions.
BENCH = $(if $(JSON),--json '$(JSON)') $(if $(RUNS),--runs '$(RUNS)')
bench-of-bench := ioas
bench-of-bench-pgtable := pgtable
bench-of-bench-dirty := dirty
bench-of-bench-invalidate := invalidate
bench bench-pgtable bench-dirty bench-invalidate:
	+$(Q)$(MAKE) modules $(if $(filter bench-pgtable,$@),,user-bench) KERNEL=7.3-bench
	$(Q)tools/testing/bench/run $(BENCH) $(bench-of-$@)

# --- Documentation ------------------------------------------------------------------
PHONY += docs
docs:
	$(Q)tools/testing/docs/build '$(OUT)/docs'

# --- Install, clean, lay into a kernel ----------------------------------------------
PREFIX ?= /usr/local
PHONY += install lay-in clean
install: modules_install user-lib user-iommuctl
	+$(Q)for d in $(dir-lib) $(dir-iommuctl); do \
		$(MAKE) -C $$d BUILD='$(OUT)/user/'$$(test $$d = $(dir-lib) && \
			echo lib || echo iommuctl) PREFIX='$(PREFIX)' \
			DESTDIR='$(DESTDIR)' install || exit 1; \
	done

lay-in:
	$(Q)tools/vm/lay-in '$(KSRC)'

clean:
	$(Q)rm -rf -- '$(OUT)'

# --- Help ---------------------------------------------------------------------------
define help-text
Targets
  modules   kernel modules, in build/<kernel release>/ (default)
  user      library, iommuctl and selftests, in build/user/
  demo      a live migration in a virtual machine, from nothing (see tools/vm/demo)
  run       an interactive virtual machine (RUN="options of tools/vm/run")
  check     every test (CHECK="--list" lists the stages, CHECK="--stage NAME" runs one)
  check-full   that, and what needs Linux 7.3, with and without checkers, built once
  conformance  Linux's own iommufd selftests, in a virtual machine (KERNEL=NAME)
  bench     ioctls compared with those of Linux's iommufd, in instructions
  bench-pgtable  page tables compared with Linux's (JSON=FILE or -, RUNS=N)
  bench-dirty  dirty tracking: large tables, unmapping, page sizes (the same)
  bench-invalidate  invalidation commands of guests (the same)
  docs      the user API reference as HTML, in build/docs/html/
  setup     install what is missing on this machine (FOR="run|check|kernel|all")
  install   modules for KDIR or KERNEL, library, iommuctl (PREFIX, DESTDIR; as root)
  lay-in    put the driver into a kernel source tree, KSRC=<tree>
  clean     remove what was built; downloaded kernels stay in the cache

Variables
  KDIR=DIR     build modules against this kernel build directory; default: the
               running kernel's, else the kernel that tools/vm/run boots
  KERNEL=NAME  the same by name: stock, 6.1, 6.12, 7.3 or a path; fetched if missing
  OUT=DIR      build there instead of build/
  W=1 C=2 V=1  warnings, sparse, commands shown: as in the kernel
endef
PHONY += help
help:
	@: $(info $(help-text))

.PHONY: $(PHONY)
