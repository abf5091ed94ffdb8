-- SPDX-License-Identifier: BSD-3-Clause
-- The lines between a worker and its master.

local _, private = ...

local byte, char, format, gmatch = string.byte, string.char, string.format, string.gmatch
local gsub, match = string.gsub, string.match

-- Bytes of the longest line. The longest that a worker sends is what its script says of its state.
private.line_most = 16384

-- Fields as one line: they are escaped, and so a field may hold any byte.
function private.pack_fields(fields)
    local packed = {}
    for i, field in ipairs(fields) do
        packed[i] = gsub(tostring(field), "[%%%s%z]", function(c)
            return format("%%%02x", byte(c))
        end)
    end
    return table.concat(packed, " ") .. "\n"
end

function private.unpack_fields(line)
    local fields = {}
    for field in gmatch(match(line, "^[^\n]*") .. " ", "(.-) ") do
        fields[#fields + 1] = gsub(field, "%%(%x%x)", function(hex)
            return char(tonumber(hex, 16))
        end)
    end
    return fields
end

-- What a worker asks for: address, type, options, and which of several with that address.
function private.pack_request(request)
    local fields = {"listen", request.key, tostring(request.at), request.kind}
    for key, value in pairs(request.options) do
        if key ~= "type" then -- that is the kind
            fields[#fields + 1] = key .. "=" .. tostring(value)
        end
    end
    return private.pack_fields(fields)
end

local words = {["true"] = true, ["false"] = false}

-- The value of an option that came as TEXT, or nil when it is none that a worker sends.
local function option_value(key, text)
    local value = words[text]
    if value == nil then
        value = tonumber(text)
    end
    local check = private.listen_keys[key]
    if key == "type" or not check or value == nil or check(value) then
        return nil
    end
    return value
end

local function unpack_options(fields)
    local options = {}
    for i = 5, #fields do
        local key, text = match(fields[i], "^(.-)=(.*)$")
        local value = key and option_value(key, text)
        if value == nil or key == nil then
            return nil
        end
        options[key] = value
    end
    return options
end

local kind_of = private.check.whole(1, 2 ^ 30)

-- The same back: a request, or nil when this is none that a worker sends.
function private.unpack_request(fields)
    local kind, options = tonumber(fields[4]), unpack_options(fields)
    local ok, at = pcall(private.address, fields[3] or "", 0, "listen", 1)
    if not ok or not at or not options or kind_of(kind) then
        return nil
    end
    local name = match(fields[2], "^(.*) %d+$")
    if name ~= format("%s %d", tostring(at), kind) then
        return nil
    end
    return {key = fields[2], at = at, kind = kind, options = options}
end
