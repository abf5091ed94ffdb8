-- SPDX-License-Identifier: BSD-3-Clause
-- The ends of children: a master hears of them, and one that is process 1 of a container is given
-- the children of whoever has ended, too.

local sss, private = ...

local process = private.process

-- Makes sure that the master M, which has workers already, wakes when a child ends. Not before the
-- first fork: that has made an end count where SIGCHLD was ignored.
function private.expect_ends(m)
    if not m.child_signal then
        m.child_signal = sss.signal("CHLD")
        table.insert(m.signals, m.child_signal)
        m.child_ended = true -- perhaps, meanwhile
    end
end

-- Reaps those that have ended. A worker that has is buried by its master, and soon: until then the
-- others wait behind it.
function private.reap_orphans(m)
    local pid = m.pid == 1 and process.ended()
    while pid and not m.workers[pid] do
        process.reap(pid)
        pid = process.ended()
    end
end
