-- SPDX-License-Identifier: BSD-3-Clause
-- A network of this process's own: its own namespaces, and a device whose packets pass through Lua.

-- bed.enter() leaves the machine's network for an empty one (namespaces(7)); nothing that is done
-- afterwards is seen outside, and nothing gets out. bed.wire() puts a device there whose packets
-- come back with sender and receiver swapped: 10.99.0.2 is this process itself, by way of a wire
-- that loses, delays, doubles and reorders packets, or is cut. The TCP checksum stays right, as it
-- is a sum in which both addresses occur (RFC 9293).

local bit = require "bit"
local ffi = require "ffi"
local sss = require "sss"
require "system" -- declares read, write and close

ffi.cdef [[
    int unshare(int);
    int mount(const char *, const char *, const char *, unsigned long, const void *);
    int open(const char *, int, ...);
    int ioctl(int, unsigned long, ...);
    struct bed_request { char name[16]; short flags; char rest[22]; };
]]

local bed = {}

local NEWNS, NEWNET = 0x00020000, 0x40000000 -- unshare(2)
local BIND, RECURSIVE, PRIVATE = 4096, 16384, 2 ^ 18 -- mount(2)
local READ_WRITE, NONBLOCK, CLOEXEC = 2, 2048, 524288 -- open(2)
local TUNSETIFF, TUN, NO_PI = 0x400454ca, 1, 0x1000 -- linux/if_tun.h

local function run(command)
    return os.execute(command .. " >/dev/null 2>&1") == true
end

local function leave()
    if ffi.C.unshare(NEWNET + NEWNS) ~= 0 then
        return nil, "no rights for namespaces of its own (unshare(2))"
    end
    if ffi.C.mount("none", "/", nil, RECURSIVE + PRIVATE, nil) ~= 0 then
        return nil, "no rights to make mounts its own (mount(2))"
    end
    if not run("ip link set lo up") then return nil, "there is no ip(8) that works" end
    return true
end

local entered, reason

-- Once, before anything else is done with the network: true, or nil and why it cannot be had.
function bed.enter()
    if entered == nil then
        entered, reason = leave()
        entered = entered or false
    end
    return entered or nil, reason
end

-- For the mounts of this process alone: PATH shows the file FROM.
function bed.show(from, path)
    return ffi.C.mount(from, path, nil, BIND, nil) == 0
end

-- The wire ---------------------------------------------------------------------------------------

local wire = {}
wire.__index = wire

-- Swaps N bytes at A and at B of a packet.
local function swap(packet, a, b, n)
    for i = 0, n - 1 do packet[a + i], packet[b + i] = packet[b + i], packet[a + i] end
end

-- Sender and receiver change places; false for what is neither IPv4 nor IPv6 between hosts.
local function turn(packet)
    local version = bit.rshift(packet[0], 4)
    if version == 4 then
        swap(packet, 12, 16, 4)
    elseif version == 6 and packet[24] ~= 0xff then -- no multicast
        swap(packet, 8, 24, 16)
    else
        return nil
    end
    return version
end

function wire:put(bytes)
    if self.fd then ffi.C.write(self.fd, bytes, #bytes) end
end

local function late(self, bytes, seconds)
    sss.sleep(seconds)
    self:put(bytes)
end

-- Does what happens to that share of all happen now?
function wire:chance(share)
    return share > 0 and self.random:int(1, 1000000) <= share * 1000000
end

-- One packet, once: now or later.
function wire:carry(bytes)
    local seconds = self.delay
    if self:chance(self.reorder) then seconds = seconds + self.random:int(1, 5) / 1000 end
    if seconds == 0 then return self:put(bytes) end
    sss.spawn(late, self, bytes, seconds)
end

function wire:packet(bytes, version)
    self.seen = self.seen + 1
    if self.cut or self.dead == version or self:chance(self.loss) then
        self.lost = self.lost + 1
        return
    end
    self:carry(bytes)
    if self:chance(self.double) then
        self.doubled = self.doubled + 1
        self:carry(bytes)
    end
end

local function pump(self)
    local size = 65536
    local buffer = ffi.new("uint8_t[?]", size)
    while sss.wait(self.fd, "r") do
        for _ = 1, 64 do
            local got = tonumber(ffi.C.read(self.fd, buffer, size))
            if got <= 0 then break end
            local version = turn(buffer)
            if version then self:packet(ffi.string(buffer, got), version) end
        end
    end
end

local function open_device(name)
    local fd = ffi.C.open("/dev/net/tun", READ_WRITE + NONBLOCK + CLOEXEC)
    if fd < 0 then return nil end
    local request = ffi.new("struct bed_request", { name = name, flags = TUN + NO_PI })
    if ffi.C.ioctl(fd, ffi.cast("unsigned long", TUNSETIFF), request) ~= 0 then
        ffi.C.close(fd)
        return nil
    end
    return fd
end

local function give_addresses(name)
    return run(("ip link set %s up mtu 1400"):format(name))
            and run(("ip addr add 10.99.0.1/24 dev %s"):format(name))
            and run(("ip route change 10.99.0.0/24 dev %s rto_min 10ms"):format(name))
            and run(("ip -6 addr add fd99::1/64 dev %s nodad"):format(name))
            and run(("ip -6 route replace fd99::/64 dev %s proto kernel metric 256 rto_min 10ms")
                :format(name))
end

bed.near, bed.far = "10.99.0.1", "10.99.0.2"
bed.near6, bed.far6 = "fd99::1", "fd99::2"

-- bed.wire{loss=, double=, reorder=, delay=}: shares of the packets (0 to 1), and seconds; or nil
-- and why it cannot be had. TCP sends again after 10 ms already. Fields: cut = true loses all
-- packets, dead = 4 or 6 those of that version; seen, lost and doubled are numbers of packets.
function bed.wire(how)
    local fd = open_device("bed0")
    if not fd then return nil, "no device of its own (/dev/net/tun)" end
    if not give_addresses("bed0") then
        ffi.C.close(fd)
        return nil, "the device takes no addresses"
    end
    local made = { fd = fd, loss = 0, double = 0, reorder = 0, delay = 0, seen = 0, lost = 0,
        doubled = 0, random = require("random").new() }
    for key, value in pairs(how or {}) do made[key] = value end
    setmetatable(made, wire)
    made.task = sss.spawn(pump, made)
    return made
end

-- Pulls the plug out: the device has no carrier, and its addresses stay.
function wire:unplug()
    return run("ip link set bed0 down")
end

function wire:close()
    self.task:cancel()
    pcall(self.task.join, self.task)
    ffi.C.close(self.fd)
    self.fd = nil
end

return bed
