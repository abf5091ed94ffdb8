// SPDX-License-Identifier: BSD-3-Clause
// What a service manager is told: sd_notify(3).

#ifndef SSS_SYS_NOTIFY_H
#define SSS_SYS_NOTIFY_H

// A service that systemd starts may report its state, by datagrams to a unix socket that the
// environment names. Only the process that was started sends them, not its children. Sending never
// waits, and it is no error when the manager is gone. It refuses to know when the program is ready.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads and removes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from the environment, so that
// programs which this one starts cannot report in its name. From now on a SIGTERM that ends the
// program sends STOPPING=1 first.
void notify_open(void);

// Is there a service manager, and may this process report to it?
bool notify_is_open(void);

// Sends STATE, lines such as "READY=1". True when it was sent. May be called in a signal handler.
bool notify_send(const char *state, size_t size);

// Sends STOPPING=1, once, if READY=1 was sent and this is the process that was started.
void notify_stopping(void);

// The time in microseconds after which the manager takes a silent program for stuck; 0 when it does
// not watch.
uint64_t notify_watchdog(void);

#endif
