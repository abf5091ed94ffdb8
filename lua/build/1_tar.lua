-- SPDX-License-Identifier: BSD-3-Clause
-- build.tar: the pieces of a tar archive, in the format that POSIX calls ustar (pax(1)).
--
-- An archive is, for each file, tar.header(), its bytes and tar.padding(), then tar.ending. All of
-- it belongs to user 0 and carries the time it is told, so that equal files make equal archives.

local build = ...

local block_size = 512
local name_most = 100
local number_most = 8 ^ 11 - 1 -- eleven octal digits: sizes and times

local tar = { number_most = number_most, name_most = name_most }
build.tar = tar

-- The fields of a header from the mode on; the checksum counts as blanks while it is computed.
local layout = "%s%07o\0%07o\0%07o\0%s\0%s\0%s0%sustar\00000%s"

-- string.format knows %o for 32 bits only.
local function octal(number)
    local digits = {}
    for i = 11, 1, -1 do
        digits[i] = number % 8
        number = math.floor(number / 8)
    end
    return table.concat(digits)
end

local function filled(text, size)
    return text .. ("\0"):rep(size - #text)
end

local function sum(text)
    local total = 0
    for i = 1, #text do
        total = total + text:byte(i)
    end
    return total
end

-- tar.header(name, size, mode, time) -> 512 bytes
function tar.header(name, size, mode, time)
    assert(#name <= name_most and size <= number_most and time <= number_most)
    local function fields(checksum)
        return filled(layout:format(filled(name, name_most), mode, 0, 0, octal(size), octal(time),
            checksum, filled("", 100), ""), block_size)
    end
    return fields(("%06o\0 "):format(sum(fields((" "):rep(8)))))
end

-- tar.padding(size) -> what follows SIZE bytes of a file
function tar.padding(size)
    return ("\0"):rep(-size % block_size)
end

tar.ending = ("\0"):rep(2 * block_size)
