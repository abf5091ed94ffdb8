// SPDX-License-Identifier: BSD-3-Clause
// os.date and os.time.

#ifndef SSS_SCRIPT_DATE_H
#define SSS_SCRIPT_DATE_H

// The C libraries differ in what their strftime(3) knows: musl has no %P, %k and %-d, and gives
// nothing for a conversion that it does not know. So this room formats numbers by itself, as
// glibc's manual page describes; names of days and months come from the C library, in its locale.
// It stands on localtime_r(3) and mktime(3). It refuses to know another calendar.

#include <lua.h>

// Puts os.date and os.time of this room into the table os.
void date_install(lua_State *L);

#endif
