-- SPDX-License-Identifier: BSD-3-Clause
-- Starts a program where memory that was written cannot become executable:
-- hardened.lua mdwe|seccomp PROGRAM [ARGUMENTS]. Its exit status is 77 where the system has no such
-- thing. Without PROGRAM it is a module: a table of the functions mdwe and seccomp, for this process.
local ffi = require "ffi"
local C = ffi.C

ffi.cdef [[
int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long);
int execv(const char *, char *const *);
struct filter { unsigned short code; unsigned char jt, jf; unsigned int k; };
struct filters { unsigned short length; struct filter *first; };
]]

local PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
local PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
local LOAD, EQUAL, ANY_SET, RETURN = 0x20, 0x15, 0x45, 0x06 -- linux/bpf_common.h
local ALLOW, REFUSE = 0x7fff0000, 0x00050001 -- SECCOMP_RET_ALLOW, _ERRNO with EPERM
local PROT_WRITE, PROT_EXEC = 2, 4
local OF_NUMBER, OF_PROTECTION = 0, 32 -- offsets in struct seccomp_data: nr, the low half of args[2]

local numbers = ({
    x64 = {mmap = 9, mprotect = 10, pkey_mprotect = 329},
    arm64 = {mmap = 222, mprotect = 226, pkey_mprotect = 288},
})[jit.arch]

local M = {}

-- PR_SET_MDWE of prctl(2), Linux 6.3
function M.mdwe()
    return C.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0
end

-- What systemd's MemoryDenyWriteExecute= refuses: mmap of what is both, mprotect to executable.
function M.seccomp()
    local list = {
        {LOAD, 0, 0, OF_NUMBER},
        {EQUAL, 3, 0, numbers.mprotect},
        {EQUAL, 2, 0, numbers.pkey_mprotect},
        {EQUAL, 3, 0, numbers.mmap},
        {RETURN, 0, 0, ALLOW},
        {LOAD, 0, 0, OF_PROTECTION},
        {ANY_SET, 4, 3, PROT_EXEC},
        {LOAD, 0, 0, OF_PROTECTION},
        {ANY_SET, 0, 1, PROT_EXEC},
        {ANY_SET, 1, 0, PROT_WRITE},
        {RETURN, 0, 0, ALLOW},
        {RETURN, 0, 0, REFUSE},
    }
    local filter = ffi.new("struct filter[?]", #list, list)
    local filters = ffi.new("struct filters", #list, filter)
    local address = tonumber(ffi.cast("uintptr_t", ffi.cast("void *", filters)))
    return C.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and C.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, address, 0, 0) == 0
end

if ... == "hardened" then return M end

if not M[arg[1]]() then os.exit(77) end
local list = ffi.new("const char *[?]", #arg + 1)
for i = 2, #arg do list[i - 2] = arg[i] end
C.execv(arg[2], ffi.cast("char *const *", list))
os.exit(78)
