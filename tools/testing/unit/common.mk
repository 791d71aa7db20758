# SPDX-License-Identifier: GPL-2.0-only
#
# Rules for a room whose kernel sources are tested in user space. A room's
# Makefile sets
#
#   room   its name
#   tests  programs; NAME is built from $(NAME-src) with ASan and UBSan
#   tsan   programs of these that are built with ThreadSanitizer as well
#   fast   programs, of these or others, that are built with -O2 and no sanitizer,
#          for runs that are too long otherwise
#   NAME-flags  more compiler flags for NAME, e.g. -DSHIM_RACE
#   lib-src  sources that are compiled once, for the programs in lib
#   race   programs of those in lib that are built, sources of lib-src too, with
#          -DSHIM_RACE (see shim.h), and as in a kernel with lockdep. Not so for
#          TSan: lockdep's locks order what should be seen to race
#   fuzz   sources of a fuzz target (see fuzz.h), besides lib-src: `make fuzz' makes
#          a libFuzzer program of it, which needs clang, and runs it for
#          FUZZ_SECONDS. With ../fuzz.c instead of libFuzzer it is a test
#   link   rooms whose libraries the programs in lib are linked with, too
#
# and includes this file. BUILD says where everything is built.

here := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))
unit := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
top := $(abspath $(unit)/../../..)
src := $(top)/drivers/iommu/iommufdx
BUILD ?= $(top)/build/user/unit
out := $(BUILD)/$(room)
CC ?= cc

# Lines are enough for a report, and a third cheaper than all there is.
UNIT_CFLAGS ?= -O1 -g1
override UNIT_CFLAGS += -std=gnu11 -Wall -Wextra -Wno-unused-parameter \
	-Wno-sign-compare -Wno-missing-field-initializers -Werror \
	-fno-strict-aliasing -fno-omit-frame-pointer \
	-I$(unit)/shim -I$(unit) -I$(top)/include -I$(top)/include/uapi \
	-I$(src)
# What is left out, ASan finds; in the page table engine it doubles the time that
# the compiler takes.
asan := -fsanitize=address,undefined -fno-sanitize=null,alignment,object-size \
	-fno-sanitize-recover=all
# GCC says that TSan does not see fences; the sources that have some live with it.
thread := -fsanitize=thread -Wno-tsan

headers := $(wildcard $(unit)/*.h $(unit)/shim/*.h $(unit)/shim/*/*.h \
	$(top)/include/linux/iommufdx/*.h $(top)/include/uapi/linux/*.h \
	$(src)/*/*.h $(src)/*/*/*.h $(here)/*.h)
# A source is looked for in the tests' own folder, then in the kernel's.
find = $(firstword $(wildcard $(here)/$(1) $(src)/$(1)) $(1))

.PHONY: all check clean
all: $(tests:%=$(out)/%) $(tsan:%=$(out)/%-tsan) $(fast:%=$(out)/%-fast)

race-flags = -DSHIM_RACE $(if $(2),,-DCONFIG_LOCKDEP)
# What is special about a program's library: its suffix.
kind = $(if $(filter $(1),$(race)),-race)$(2)
libraries = $(if $(filter $(1),$(lib)),$(if $(lib-src),$(out)/lib$(kind).a) \
	$(link:%=$(BUILD)/%/lib$(2).a))

define program
$(out)/$(1)$(2): $(foreach s,$($(1)-src),$(call find,$(s))) \
		$(unit)/shim/shim.c $(call libraries,$(1),$(2)) \
		$(headers) $(MAKEFILE_LIST) | $(out)
	$$(CC) $$(UNIT_CFLAGS) $(3) $($(1)-flags) \
		$(if $(filter $(1),$(race)),$(race-flags)) -o $$@ \
		$$(filter %.c,$$^) $$(filter %.a,$$^) -lpthread
endef
object = $(out)/lib$(2).d/$(subst /,_,$(1:%.c=%.o))
define compile
$(call object,$(1),$(2)): $(call find,$(1)) $(headers) $(MAKEFILE_LIST) | $(out)
	mkdir -p $$(@D)
	$$(CC) $$(UNIT_CFLAGS) $(3) -c -o $$@ $$<
endef
define library
$(foreach s,$(lib-src),$(eval $(call compile,$(s),$(1),$(2))))
$(out)/lib$(1).a: $(foreach s,$(lib-src),$(call object,$(s),$(1)))
	rm -f $$@
	$$(AR) rcs $$@ $$^
endef
# Another room's library is that room's affair; several rooms may want it at once.
define linked
$(BUILD)/$(1)/lib.a $(BUILD)/$(1)/lib-tsan.a $(BUILD)/$(1)/lib-fast.a: FORCE | $(out)
	@flock $(BUILD)/.$(1).lock $$(MAKE) -s --no-print-directory \
		-C $(unit)/$(1) BUILD=$(BUILD) $$@
endef
FORCE:
$(foreach r,$(link),$(eval $(call linked,$(r))))
$(eval $(call library,,$(asan)))
$(eval $(call library,-tsan,$(thread)))
$(eval $(call library,-fast,-O2))
$(eval $(call library,-race,$(asan) -DSHIM_RACE -DCONFIG_LOCKDEP))
$(eval $(call library,-race-tsan,$(thread) -DSHIM_RACE))
$(foreach t,$(tests),$(eval $(call program,$(t),,$(asan))))
$(foreach t,$(tsan),$(eval $(call program,$(t),-tsan,$(thread))))
$(foreach t,$(fast),$(eval $(call program,$(t),-fast,-O2)))

ifdef fuzz
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_CORPUS ?= $(out)/corpus
$(out)/$(room)_fuzz: $(foreach s,$(fuzz) $(lib-src),$(call find,$(s))) \
		$(unit)/shim/shim.c $(headers) $(MAKEFILE_LIST) | $(out)
	$(FUZZ_CC) $(UNIT_CFLAGS) -fsanitize=fuzzer $(asan) -o $@ \
		$(filter %.c,$^) -lpthread

.PHONY: fuzz
fuzz: $(out)/$(room)_fuzz
	mkdir -p $(FUZZ_CORPUS)
	$< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 $(FUZZ_CORPUS)
endif

$(out):
	mkdir -p $@

# Every program runs even if one before it fails. One that ended badly without a
# test that says so, as after a crash, is itself a test that failed.
check: all
	@rc=0; for t in $(tests) $(tsan:%=%-tsan) $(fast:%=%-fast); do \
		echo "# $(room)/$$t"; start=$$(date +%s); \
		{ $(out)/$$t; echo $$? >$(out)/.status; } | tee $(out)/.tap; \
		echo "# time: $$(($$(date +%s) - start))"; \
		[ "$$(cat $(out)/.status)" = 0 ] && continue; rc=1; \
		grep -q '^not ok' $(out)/.tap || \
			echo "not ok 1 ended with status $$(cat $(out)/.status)"; \
	done; exit $$rc

clean:
	rm -rf "$(out)"
