-- SPDX-License-Identifier: BSD-3-Clause
-- The calls and the errors that their man pages list for Linux.

-- What changes nothing for the script: the result is as if it had not happened.
local unseen = {
    recv = "EINTR EAGAIN", recvmsg = "EINTR EAGAIN", recvfrom = "EINTR EAGAIN",
    recvmmsg = "EINTR EAGAIN short",
    send = "EINTR EAGAIN short", sendmsg = "EINTR EAGAIN short", sendto = "EINTR EAGAIN short",
    sendfile = "EINTR EAGAIN short", connect = "EINTR", close = "EINTR", poll = "EINTR",
    epoll_wait = "EINTR", syscall = "EINTR ENOSYS EPERM", -- epoll_pwait2(2): see wrap.c
    accept4 = "EINTR EAGAIN ECONNABORTED EPROTO ENETDOWN ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH "
        .. "ENETUNREACH",
    waitpid = "EINTR", chmod = "EINTR", open = "EINTR",
    read = "EINTR EAGAIN", mmap64 = "ENOMEM",
}

-- What may become an error or another result.
local seen = {
    socket = "EACCES EAFNOSUPPORT EINVAL EMFILE ENFILE ENOBUFS ENOMEM EPROTONOSUPPORT",
    socketpair = "EAFNOSUPPORT EMFILE ENFILE EOPNOTSUPP EPROTONOSUPPORT",
    bind = "EACCES EADDRINUSE EBADF EINVAL ENOTSOCK EADDRNOTAVAIL ELOOP ENAMETOOLONG ENOENT ENOMEM "
        .. "ENOTDIR EROFS",
    listen = "EADDRINUSE EBADF ENOTSOCK EOPNOTSUPP",
    accept4 = "EBADF EINVAL EMFILE ENFILE ENOBUFS ENOMEM ENOTSOCK EOPNOTSUPP EPERM",
    connect = "EACCES EPERM EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF "
        .. "ECONNREFUSED EINPROGRESS EISCONN ENETUNREACH ENOTSOCK EPROTOTYPE ETIMEDOUT",
    shutdown = "EBADF EINVAL ENOTCONN ENOTSOCK ENOBUFS",
    close = "EBADF EIO ENOSPC EDQUOT",
    send = "EACCES EALREADY EBADF ECONNRESET EDESTADDRREQ EINVAL EISCONN EMSGSIZE ENOBUFS ENOMEM "
        .. "ENOTCONN ENOTSOCK EOPNOTSUPP EPIPE",
    sendto = "EACCES EBADF ECONNRESET EINVAL EISCONN EMSGSIZE ENOBUFS ENOMEM ENOTCONN EPIPE",
    sendmsg = "EACCES EBADF ECONNRESET EDESTADDRREQ EINVAL EISCONN EMSGSIZE ENOBUFS ENOMEM ENOTCONN "
        .. "ENOTSOCK EOPNOTSUPP EPIPE ECONNREFUSED EHOSTUNREACH ETOOMANYREFS",
    sendfile = "EBADF EFAULT EINVAL EIO ENOMEM EOVERFLOW ESPIPE EPIPE ECONNRESET",
    recv = "short EBADF ECONNREFUSED ECONNRESET EFAULT EINVAL ENOMEM ENOTCONN ENOTSOCK ETIMEDOUT",
    recvfrom = "EBADF ECONNREFUSED EFAULT EINVAL ENOMEM ENOTCONN ENOTSOCK EHOSTUNREACH",
    recvmmsg = "EBADF ECONNREFUSED EFAULT EINVAL ENOMEM ENOTCONN ENOTSOCK EHOSTUNREACH",
    recvmsg = "short EBADF ECONNREFUSED ECONNRESET EFAULT EINVAL ENOMEM ENOTCONN ENOTSOCK",
    read = "EBADF EINVAL EIO",
    write = "EAGAIN EBADF EINVAL EIO ENOSPC",
    getsockopt = "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK ENOMEM",
    setsockopt = "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK ENOMEM EPERM EDOM",
    getsockname = "EBADF EFAULT EINVAL ENOBUFS ENOTSOCK",
    getpeername = "EBADF EFAULT EINVAL ENOBUFS ENOTCONN ENOTSOCK",
    fcntl = "EBADF EMFILE EINVAL EPERM",
    poll = "EFAULT EINVAL ENOMEM",
    epoll_create1 = "EINVAL EMFILE ENFILE ENOMEM",
    epoll_ctl = "EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM ENOSPC EPERM",
    epoll_wait = "EBADF EFAULT EINVAL", syscall = "EBADF EFAULT EINVAL",
    eventfd = "EINVAL EMFILE ENFILE ENODEV ENOMEM",
    open = "EACCES EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE ENOENT ENOMEM ENOTDIR ENXIO EPERM",
    fstat = "EBADF EFAULT ENOMEM EOVERFLOW",
    lstat = "EACCES ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR",
    chmod = "EACCES EIO ELOOP ENOENT ENOMEM ENOTDIR EPERM EROFS",
    unlink = "EACCES EBUSY EIO EISDIR ELOOP ENOENT ENOMEM ENOTDIR EPERM EROFS",
    fork = "EAGAIN ENOMEM ENOSYS",
    waitpid = "ECHILD EINVAL",
    kill = "EINVAL EPERM ESRCH",
    sigaction = "EFAULT EINVAL",
    if_nametoindex = "ENODEV EMFILE",
    fopen = "EACCES EMFILE ENFILE ENOENT ENOMEM",
    malloc = "ENOMEM", calloc = "ENOMEM", realloc = "ENOMEM", strdup = "ENOMEM",
}

local faults = {}

local function add(list, words, is_unseen)
    for what in (words or ""):gmatch("%S+") do
        list[#list + 1] = { what = what, unseen = is_unseen }
    end
end

-- faults.of(call) -> array of {what=, unseen=}
function faults.of(call)
    local list = {}
    add(list, unseen[call], true)
    add(list, seen[call], false)
    return list
end

-- Where LuaJIT does not survive that memory ends, parts of the functions' names: what the collector's
-- step inside or at the end of a trace raises finds no frame to go to.
local lethal = { "lj_vm_exit_handler", "lj_gc_step_jit" }

-- The collector and the compiler of traces: when they have work to do is another time in each run.
local by_chance = { "gc_onestep", "lj_trace", "trace_" }

local function has_any(name, parts)
    for _, part in ipairs(parts) do
        if name:find(part, 1, true) then return true end
    end
    return false
end

-- faults.lethal(name), faults.by_chance(name) -> is NAME, of a place, one of these?
function faults.lethal(name) return has_any(name, lethal) end
function faults.by_chance(name) return has_any(name, by_chance) end

-- Tests that see what others do not: {pattern of the name, pattern of the request}.
local expected = {
    { "0 is only what is ready now", ":EAGAIN$" }, -- the system says that nothing is
    -- The bytes that came with the descriptor are fewer.
    { "^a socket is passed", ":short$" }, { "^a descriptor between other data", ":short$" },
    { "^a passed descriptor goes out behind", ":short$" }, { "^a Lua file is passed", ":short$" },
}

-- faults.expected(test, request) -> is REQUEST to be seen in TEST?
function faults.expected(test, request)
    for _, pair in ipairs(expected) do
        if test:find(pair[1]) and request:find(pair[2]) then return true end
    end
    return false
end

return faults
