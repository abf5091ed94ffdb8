-- SPDX-License-Identifier: BSD-3-Clause
-- Where C libraries differ and a script sees it: os and io are the same with each.

local t = require "harness"
local ffi = require "ffi"
ffi.cdef "struct rlimit_of_files { unsigned long now, most; }; char *strerror(int); int getrlimit(int, void *); int setrlimit(int, const void *);"

t.test("errors in the words that everybody knows", function()
    for number, text in pairs{
        [1] = "Operation not permitted", [2] = "No such file or directory", [5] = "Input/output error",
        [10] = "No child processes", [11] = "Resource temporarily unavailable",
        [12] = "Cannot allocate memory", [16] = "Device or resource busy", [18] = "Invalid cross-device link",
        [20] = "Not a directory", [21] = "Is a directory", [22] = "Invalid argument",
        [23] = "Too many open files in system", [24] = "Too many open files",
        [25] = "Inappropriate ioctl for device", [28] = "No space left on device", [29] = "Illegal seek",
        [32] = "Broken pipe", [36] = "File name too long", [39] = "Directory not empty",
        [98] = "Address already in use", [99] = "Cannot assign requested address",
        [104] = "Connection reset by peer", [107] = "Transport endpoint is not connected",
        [110] = "Connection timed out", [111] = "Connection refused", [113] = "No route to host",
        [122] = "Disk quota exceeded",
    } do
        t.eq(ffi.string(ffi.C.strerror(number)), text)
    end
end)

t.test("errors of io and os", function()
    local function fails(wanted, number, f, ...)
        local _, message, code = f(...)
        t.eq(message, wanted)
        t.eq(code, number)
    end
    fails("/nosuch/a: No such file or directory", 2, io.open, "/nosuch/a")
    fails("/nosuch/a: No such file or directory", 2, os.rename, "/nosuch/a", "/nosuch/b")
    fails("/nosuch/a: No such file or directory", 2, os.remove, "/nosuch/a")
    fails("/: Is a directory", 21, io.open, "/", "w")
    for _, mode in ipairs{"", "q", "+", "b"} do
        fails("/dev/null: Invalid argument", 22, io.open, "/dev/null", mode)
    end
    local full = io.open("/dev/full", "w")
    full:write "x"
    fails("No space left on device", 28, full.flush, full)
    full:close()
    local pipe = io.popen "true"
    fails("Illegal seek", 29, pipe.seek, pipe, "set", 0)
    pipe:close()
    local folder = io.open "/"
    fails("Is a directory", 21, folder.read, folder, 1)
    folder:close()
end)

t.test("a file that is not for this", function()
    for _ = 1, 2 do
        local file = io.open "/dev/null"
        local ok, message, code = file:write "x"
        t.eq({ok, message, code}, {nil, "Bad file descriptor", 9})
        file:close()
        file = io.open("/dev/null", "w")
        for _, what in ipairs{"a", "l", 1} do
            local _, why, number = file:read(what)
            t.eq({why, number}, {"Bad file descriptor", 9})
        end
        file:close()
    end
end)

t.test("too many open files", function()
    local limit = ffi.new "struct rlimit_of_files"
    ffi.C.getrlimit(7, limit)
    local before = limit.now
    limit.now = 40
    ffi.C.setrlimit(7, limit)
    local files, message = {}, nil
    for i = 1, 60 do
        files[i], message = io.open "/dev/null"
        if not files[i] then break end
    end
    limit.now = before
    ffi.C.setrlimit(7, limit)
    for _, file in ipairs(files) do file:close() end
    t.eq(message, "/dev/null: Too many open files")
end)

t.test("locales", function()
    t.eq(os.setlocale(), "C")
    for _, category in ipairs{"all", "ctype", "numeric", "time", "collate", "monetary"} do
        t.eq(os.setlocale("C", category), "C")
        t.eq(os.setlocale("POSIX", category), "C")
        for _, name in ipairs{"xx", "xx_YY.UTF-8", "no such", ("x"):rep(20)} do
            t.eq(os.setlocale(name, category), nil)
        end
        t.eq(os.setlocale(nil, category), "C")
    end
end)

t.run()
