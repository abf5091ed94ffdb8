-- SPDX-License-Identifier: BSD-3-Clause
-- Finds the modules that a Lua source asks for: build.requires(text).

local build = ...

-- Where the long bracket that opens at `at` ends, or nil when there is none.
local function long_end(text, at)
    local level = text:match("^%[(=*)%[", at)
    if not level then return nil end
    local _, last = text:find("]" .. level .. "]", at, true)
    return last or #text
end

-- Where the string that opens with a quote at `at` ends.
local function quoted_end(text, at)
    local stop = "[\\" .. text:sub(at, at) .. "]"
    local i = at + 1
    while true do
        i = text:find(stop, i)
        if not i then return #text end
        if text:byte(i) ~= 92 then return i end -- 92 is the backslash
        i = i + 2
    end
end

local function comment_end(text, at)
    return long_end(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
end

-- Kind and last position of what begins at `at`, which is no blank.
local function scan(text, at)
    local char = text:sub(at, at)
    if char == "-" and text:sub(at + 1, at + 1) == "-" then
        return "comment", comment_end(text, at)
    elseif char == '"' or char == "'" then
        return "string", quoted_end(text, at)
    elseif char == "[" and long_end(text, at) then
        return "string", long_end(text, at)
    end
    local _, last = text:find("^[%a_\128-\255][%w_\128-\255]*", at)
    if last then return "name", last end
    _, last = text:find("^%.?%d[%w_.]*", at)
    if last then return "number", last end
    _, last = text:find("^%.%.?%.?", at)
    return "symbol", last or at
end

-- Two arrays: the tokens as text, and where each begins. An end mark saves the reader a check.
local function tokens(text)
    local words, places, at = {}, {}, 1
    if text:sub(1, 1) == "#" then at = text:find("\n", 1, true) or #text + 1 end
    while true do
        at = text:find("%S", at)
        if not at then return words, places end
        local kind, last = scan(text, at)
        if kind ~= "comment" then
            words[#words + 1], places[#places + 1] = text:sub(at, last), at
        end
        at = last + 1
    end
end

-- The value of a token that is a string, else nil.
local function string_value(word)
    if not word or not word:find "^[\"'%[]" or #word < 2 then return nil end
    local chunk = load("return " .. word)
    return chunk and chunk()
end

-- What is asked for at words[i], the name `require`: nil when it is no call of it, else
-- {name= (nil when it cannot be told), optional=}.
local function request(words, i)
    local before, after = words[i - 1], words[i + 1]
    if before == "." or before == ":" or before == "function" then return nil end
    local protected = before == "(" and words[i - 2] == "pcall" and after == ","
    if not protected and after ~= "(" then
        local name = string_value(after)
        return name and {name = name}
    end
    local name, closing = string_value(words[i + 2]), words[i + 3]
    if closing ~= ")" and closing ~= "," then name = nil end
    return {name = name, optional = protected}
end

-- The requests in a source that compiles: an array of {line=, name=, optional=}, in the order of
-- the text. Without a name it is a call whose argument is not a plain string.
function build.requires(text)
    local found, line, from = {}, 1, 1
    if not text:find("require", 1, true) then return found end
    text = text:gsub("\r\n?", "\n")
    local words, places = tokens(text)
    for i, word in ipairs(words) do
        local asked = word == "require" and request(words, i)
        if asked then
            local _, more = text:sub(from, places[i] - 1):gsub("\n", "")
            line, from = line + more, places[i]
            asked.line = line
            found[#found + 1] = asked
        end
    end
    return found
end
