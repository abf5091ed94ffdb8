# SPDX-License-Identifier: BSD-3-Clause
# Makes libcares.a of all C files of c-ares; those for other systems are empty here. Called by
# vendor/cares.mk with SOURCE, OUT, COMPILE and AR.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

FILES    := $(sort $(wildcard $(SOURCE)/*.c $(SOURCE)/*/*.c))
OBJECTS  := $(FILES:$(SOURCE)/%.c=$(dir $(OUT))%.o)
INCLUDES := -I$(SOURCE) -I$(SOURCE)/include -I$(SOURCE)/../../include

$(OUT): $(OBJECTS)
	@rm -f $@
	@$(AR) rcsD $@ $^

# All of them again when the flags or the sources are others.
$(OBJECTS): $(dir $(OUT))%.o: $(SOURCE)/%.c $(dir $(OUT))../flags $(SOURCE)/../../.unpacked
	@mkdir -p $(@D)
	@$(COMPILE) $(INCLUDES) -c $< -o $@
