-- SPDX-License-Identifier: BSD-3-Clause
-- Orphans: a master that is process 1 of a container is given the children of whoever has ended.

local sss, private = ...

local process = private.process

-- Makes sure that the master M, which has workers already, wakes when a child of process 1 ends. Not
-- before the first fork: that has made an end count where SIGCHLD was ignored.
function private.expect_orphans(m)
    if m.pid == 1 and not m.child_signal then
        m.child_signal = sss.signal("CHLD")
        table.insert(m.signals, m.child_signal)
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
