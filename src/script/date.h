// SPDX-License-Identifier: BSD-3-Clause
// os.date and os.time.

#ifndef SSS_SCRIPT_DATE_H
#define SSS_SCRIPT_DATE_H

// The C libraries differ in what their strftime(3) knows (musl has no %P, no %k and no %-d, and
// gives nothing for a conversion that it does not know), so this room formats by itself what is a
// number, as glibc's manual page has it; names of days and months are the C library's, in its
// locale. It stands on localtime_r(3) and mktime(3). It refuses to know another calendar.

#include <lua.h>

// Puts os.date and os.time of this room into the table os.
void date_install(lua_State *L);

#endif
