-- SPDX-License-Identifier: BSD-3-Clause
-- os.date and os.time: the same words, whatever C library the program is made with.

local t = require "harness"
local ffi = require "ffi"
ffi.cdef "int setenv(const char *, const char *, int);"

local function zone(name)
    ffi.C.setenv("TZ", name, 1)
end

local moment = 1709251750 -- Fri 1 Mar 2024, 00:09:10 UTC

t.test("conversions", function()
    for format, wanted in pairs{
        ["%a %A %b %B %h"] = "Fri Friday Mar March Mar",
        ["%C %y %Y %G %g"] = "20 24 2024 2024 24",
        ["%d %e %j %m"] = "01  1 061 03",
        ["%D|%F|%R|%T"] = "03/01/24|2024-03-01|00:09|00:09:10",
        ["%H %I %k %l %M %S"] = "00 12  0 12 09 10",
        ["%p %P"] = "AM am",
        ["%u %w %U %W %V"] = "5 5 08 09 09",
        ["%r|%c|%x|%X"] = "12:09:10 AM|Fri Mar  1 00:09:10 2024|03/01/24|00:09:10",
        ["%s"] = "1709251750",
        ["%z %Z"] = "+0000 GMT",
        ["%n%t%%"] = "\n\t%",
        ["%Ec|%EC|%Ex|%EX|%Ey|%EY"] = "Fri Mar  1 00:09:10 2024|20|03/01/24|00:09:10|24|2024",
        ["%Od%Oe%OH%OI%Om%OM%OS%Ou%OU%OV%Ow%OW%Oy"] = "01 1001203091050809509" .. "24",
        ["%-d %-m %-H %-I %-j %-e"] = "1 3 0 12 61 1",
        ["%_d|%_m|%_H|%_j"] = " 1| 3| 0| 61",
        ["%0e|%05Y|%_6Y|%3d"] = "01|02024|  2024|001",
        ["%^a %^B %#p %#a"] = "FRI MARCH am FRI",
        ["%10a|%012F"] = "       Fri|002024-03-01",
    } do
        t.eq(os.date("!" .. format, moment), wanted)
    end
end)

t.test("the clock of twelve hours", function()
    for hour, wanted in pairs{[0] = "12 AM am", "1 AM am", [11] = "11 AM am", [12] = "12 PM pm",
        [13] = "1 PM pm", [23] = "11 PM pm"} do
        t.eq(os.date("!%-I %p %P", hour * 3600), wanted)
        t.eq(os.date("!%l", hour * 3600), ("%2d"):format(wanted:match "%d+"))
    end
end)

t.test("weeks of ISO 8601", function()
    for day, wanted in pairs{["2021-1-3"] = "2020-W53-7", ["2021-1-4"] = "2021-W01-1",
        ["2018-12-31"] = "2019-W01-1", ["2016-1-1"] = "2015-W53-5", ["2024-12-29"] = "2024-W52-7",
        ["2024-12-30"] = "2025-W01-1", ["2023-1-1"] = "2022-W52-7", ["2000-1-1"] = "1999-W52-6"} do
        local y, m, d = day:match "(%d+)-(%d+)-(%d+)"
        zone "UTC"
        t.eq(os.date("%G-W%V-%u", os.time{year = y, month = m, day = d}), wanted)
    end
end)

t.test("what is no conversion stays", function()
    for _, format in ipairs{"%Q", "%N", "%E", "%O", "%Ez", "%Oa", "%", "100%", "%5", "%-", "%_5Q", "%é",
        "%H %Q", "a%E", "%E%", "%\0"} do
        local text = os.date("!" .. format, 0)
        t.eq(text, (format:gsub("%%H", "00")))
    end
end)

t.test("text is text, however long or short", function()
    t.eq(os.date("!", 0), "")
    t.eq(os.date("", 0), "")
    t.eq(os.date("!a\0b%H", 0), "a\0b00")
    t.eq(os.date("!" .. ("x"):rep(100000), 0), ("x"):rep(100000))
    t.eq(os.date("!" .. ("%Y"):rep(5000), 0), ("1970"):rep(5000))
    t.eq(#os.date("!" .. ("%900d"):rep(20), 0), 18000)
    t.eq(#os.date("!%99999999999d", 0), 1000)
    t.eq(#os.date("!%" .. ("9"):rep(5000) .. "F", 0) >= 10, true)
    t.eq(type(os.date()), "string")
    t.eq(type(os.date "%p"), "string")
    t.eq(os.date("%Y", "0"):match "^19", "19")
end)

t.test("tables", function()
    t.eq(os.date("!*t", moment), {sec = 10, min = 9, hour = 0, day = 1, month = 3, year = 2024,
        wday = 6, yday = 61, isdst = false})
    t.eq(os.date("!*tx", 0), "*tx")
    zone "EST5EDT,M3.2.0,M11.1.0"
    t.eq(os.date("*t", 1720000000).isdst, true)
    t.eq(os.date("*t", 1720000000).hour, 5)
end)

t.test("far away", function()
    t.eq(os.date("!%F %T", -1), "1969-12-31 23:59:59")
    t.eq(os.date("!%F", -2208988801), "1899-12-31")
    t.eq(os.date("!%F", 4102444800), "2100-01-01")
    t.eq(os.date("!%F", 253402300800), "10000-01-01")
    t.eq(os.date("!%F", -0.5), "1969-12-31")
    t.eq(os.date("!%Y %C %y", -62104060801), "1 00 01")
    for _, odd in ipairs{1e300, -1e300, 1 / 0, -1 / 0, 0 / 0, 1e18, -1e18} do
        local ok, message = pcall(os.date, "!%Y", odd)
        t.ok(not ok and message:find "time out of range", tostring(message))
    end
    t.eq(pcall(os.date, "%Y", {}), false)
    t.eq(pcall(os.date, {}), false)
end)

t.test("os.time", function()
    zone "UTC"
    t.eq(os.time{year = 1970, month = 1, day = 1, hour = 0}, 0)
    t.eq(os.time{year = 1969, month = 12, day = 31, hour = 23, min = 59, sec = 59}, -1)
    t.eq(os.time{year = 2024, month = 14, day = -3, hour = 30}, 1738130400)
    t.eq(os.time{year = 1850, month = 1, day = 1}, -3786782400)
    t.eq(os.time{year = 2100, month = 6, day = 1, hour = 0}, 4115491200)
    t.eq(os.time{year = "2000", month = "1", day = "1", hour = "0"}, 946684800)
    t.eq(os.time{year = 2000, month = 1, day = 1}, 946728000)
    t.ok(math.abs(os.time() - require "sss".time()) < 3)
    for field, words in pairs{year = "missing", month = "missing", day = "missing"} do
        local date = {year = 2000, month = 1, day = 1}
        date[field] = nil
        local ok, message = pcall(os.time, date)
        t.ok(not ok and message:find("field '" .. field .. "' " .. words), tostring(message))
    end
    for _, value in ipairs{1e18, -1e18, 1 / 0, 0 / 0, 2 ^ 31 + 2000} do
        t.eq(pcall(os.time, {year = value, month = 1, day = 1}), false)
    end
end)

t.test("there and back", function()
    for _, name in ipairs{"UTC", "EST5EDT", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0545>-5:45", "<-03>3"} do
        zone(name)
        for time = -5e9, 2e10, 123456789 do
            t.eq(os.time(os.date("*t", time)), time)
        end
    end
end)

t.test("time zones", function()
    for name, wanted in pairs{
        EST5EDT = "05:46 EDT -0400", PST8PDT = "02:46 PDT -0700", ["EST+5EDT+4"] = "05:46 EDT -0400",
        ["EST5EDT,M3.2.0,M11.1.0"] = "05:46 EDT -0400", ["CET-1CEST,M3.5.0,M10.5.0/3"] = "11:46 CEST +0200",
        ["EST5"] = "04:46 EST -0500", UTC = "09:46 UTC +0000", UTC0 = "09:46 UTC +0000",
        ["<-03>3"] = "06:46 -03 -0300", ["<+0545>-5:45"] = "15:31 +0545 +0545",
    } do
        zone(name)
        t.eq(os.date("%R %Z %z", 1720000000), wanted)
    end
    zone "EST5EDT"
    t.eq(os.date("%R %Z", 1700000000), "17:13 EST")
    t.eq(os.date("%R", 1710053999) .. os.date("%R", 1710054000), "01:5903:00")
    t.eq(os.date("%R %Z", 1730613599) .. os.date(" %R %Z", 1730613600), "01:59 EDT 01:00 EST")
    for _, name in ipairs{"", "No/Such_Zone", "garbage!!", ":", ("x"):rep(10000)} do
        zone(name)
        t.eq(os.date("%R", 1720000000), "09:46")
    end
end)

t.run()
