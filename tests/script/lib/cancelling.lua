-- SPDX-License-Identifier: BSD-3-Clause
-- What the tests of cancelling have in common.

local sss = require "sss"
local t = require "harness"

local cancelling = {}

-- What a call gives that its time limit ended.
cancelling.timed_out = { n = 2, nil, "timeout" }

-- Lets the tasks run until each has come as far as it can.
function cancelling.settle()
    for _ = 1, 40 do sss.yield() end
end

-- The task ends, or has ended, by being cancelled; its error.
function cancelling.ends_cancelled(task)
    local err = t.raises("cancelled", task.join, task)
    t.eq(task.status, "cancelled")
    return err
end

return cancelling
