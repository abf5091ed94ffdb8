-- SPDX-License-Identifier: BSD-3-Clause
-- Signals, and descriptors that are not ours, over the C functions.

local sss, private = ...

local signal_methods = private.methods_of("sss.signal")
signal_methods.wait = private.waiting(signal_methods.wait)
private.classes.signal = signal_methods

sss.wait = private.waiting(sss.wait)
