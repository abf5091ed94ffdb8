// SPDX-License-Identifier: BSD-3-Clause
// What a service manager is told: sd_notify(3).

#ifndef SSS_SYS_NOTIFY_H
#define SSS_SYS_NOTIFY_H

// A service that systemd starts may tell it how it is, by datagrams to a unix socket that the
// environment names. They are for the process that was started, not for its children. Nobody waits,
// and a manager that is gone is no error. It refuses to know when the program is ready.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no program
// that this one starts speaks in its name. From here on SIGTERM, if it would end the program, says
// STOPPING=1 first.
void notify_open(void);

// Is there somebody to tell?
bool notify_is_open(void);

// Tells STATE, lines like "READY=1": was it sent? Usable in a signal handler.
bool notify_send(const char *state, size_t size);

// Tells STOPPING=1, once, if READY=1 was told and this is the process that began.
void notify_stopping(void);

// Microseconds after which a manager that hears nothing takes the program for stuck; 0: it does
// not look.
uint64_t notify_watchdog(void);

#endif
