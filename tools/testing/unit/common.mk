# SPDX-License-Identifier: GPL-2.0-only
#
# Rules for a room whose kernel sources are tested in user space. A room's
# Makefile sets
#
#   room   its name
#   tests  programs; NAME is built from $(NAME-src) with ASan and UBSan
#   tsan   programs of these that are built with ThreadSanitizer as well
#   NAME-flags  more compiler flags for NAME, e.g. -DSHIM_RACE
#
# and includes this file. BUILD says where everything is built.

here := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))
unit := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
top := $(abspath $(unit)/../../..)
src := $(top)/drivers/iommu/iommufdx
BUILD ?= $(top)/build/user/unit
out := $(BUILD)/$(room)
CC ?= cc

UNIT_CFLAGS ?= -O2 -g
override UNIT_CFLAGS += -std=gnu11 -Wall -Wextra -Wno-unused-parameter \
	-Wno-sign-compare -Wno-missing-field-initializers -Werror \
	-fno-strict-aliasing -fno-omit-frame-pointer \
	-I$(unit)/shim -I$(unit) -I$(top)/include -I$(top)/include/uapi \
	-I$(src)
asan := -fsanitize=address,undefined -fno-sanitize-recover=all
# GCC says that TSan does not see fences; the sources that have some live with it.
thread := -fsanitize=thread -Wno-tsan

headers := $(wildcard $(unit)/*.h $(unit)/shim/*.h $(unit)/shim/*/*.h \
	$(top)/include/linux/iommufdx/*.h $(top)/include/uapi/linux/*.h \
	$(src)/*/*.h $(here)/*.h)
# A source is looked for in the tests' own folder, then in the kernel's.
find = $(firstword $(wildcard $(here)/$(1) $(src)/$(1)) $(1))

.PHONY: all check clean
all: $(tests:%=$(out)/%) $(tsan:%=$(out)/%-tsan)

define program
$(out)/$(1)$(2): $(foreach s,$($(1)-src),$(call find,$(s))) \
		$(unit)/shim/shim.c $(headers) $(MAKEFILE_LIST) | $(out)
	$$(CC) $$(UNIT_CFLAGS) $(3) $($(1)-flags) -o $$@ $$(filter %.c,$$^) -lpthread
endef
$(foreach t,$(tests),$(eval $(call program,$(t),,$(asan))))
$(foreach t,$(tsan),$(eval $(call program,$(t),-tsan,$(thread))))

$(out):
	mkdir -p $@

# Every program runs even if one before it fails.
check: all
	@rc=0; for t in $(tests) $(tsan:%=%-tsan); do \
		echo "# $(room)/$$t"; $(out)/$$t || rc=1; \
	done; exit $$rc

clean:
	rm -rf "$(out)"
