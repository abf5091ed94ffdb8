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

-- The last position of what begins at `at`, which is no blank, and whether it is a comment.
local function scan(text, at)
    local char = text:sub(at, at)
    if char == "-" and text:sub(at + 1, at + 1) == "-" then
        return comment_end(text, at), true
    elseif char == '"' or char == "'" then
        return quoted_end(text, at)
    end
    local last = char == "[" and long_end(text, at)
    if last then return last end
    for _, pattern in ipairs {"^[%a_\128-\255][%w_\128-\255]*", "^%.?%d[%w_.]*", "^%.%.%.?"} do
        _, last = text:find(pattern, at)
        if last then return last end
    end
    return at
end

-- The first token from `at` on, where it begins, and where to go on; nil at the end.
local function next_token(text, at)
    while true do
        at = text:find("%S", at)
        if not at then return nil, nil, #text + 1 end
        local last, is_comment = scan(text, at)
        if not is_comment then return text:sub(at, last), at, last + 1 end
        at = last + 1
    end
end

-- The value of a token that is a string, else nil.
local function string_value(word)
    if not word or not word:find "^[\"'%[]" or #word < 2 then return nil end
    local chunk = load("return " .. word)
    return chunk and chunk()
end

local keywords = {}
for word in ("and do else elseif end if in not or repeat return then until while"):gmatch "%a+" do
    keywords[word] = true
end

-- Does a value end with this token, so that a "(" behind it is a call?
local function ends_value(word)
    return word ~= nil and not keywords[word] and word:find "^[%w_\"'%[%])}\128-\255]" ~= nil
end

-- What is asked for by the name `require` that ends before `at`, behind the tokens `second` and
-- `first`: nil when it is no call, else {name= (nil when it cannot be told), optional=}.
local function request(text, at, second, first)
    if first == "." or first == ":" or first == "function" then return nil end
    local opening, argument, closing, _
    opening, _, at = next_token(text, at)
    if first == "(" and opening == ")" and not ends_value(second) then -- (require)
        return request(text, at)
    end
    local passed_on = first == "(" and opening == ","
    if not passed_on and opening ~= "(" then
        local name = string_value(opening)
        return name and {name = name}
    end
    argument, _, at = next_token(text, at)
    closing = next_token(text, at)
    local name = string_value(argument)
    local protected = passed_on and second == "pcall"
    if passed_on and not protected then
        return (name or second == "xpcall") and {} -- a call, though somebody else's
    end
    local is_plain = closing == ")" or closing == ","
    return {name = is_plain and name or nil, optional = protected}
end

-- The requests in a source that compiles: an array of {line=, name=, optional=}, in the order of
-- the text. Without a name it is a call whose argument is not a plain string.
function build.requires(text)
    local found, line, counted = {}, 1, 1
    if not text:find("require", 1, true) then return found end
    text = text:gsub("^\239\187\191", ""):gsub("\r\n?", "\n") -- Lua skips a byte order mark
    local at = text:sub(1, 1) == "#" and text:find("\n", 1, true) or 1
    local second, first, word, place
    word, place, at = next_token(text, at)
    while word do
        local asked = word == "require" and request(text, at, second, first)
        if asked then
            local _, more = text:sub(counted, place - 1):gsub("\n", "")
            line, counted = line + more, place
            asked.line = line
            found[#found + 1] = asked
        end
        second, first = first, word
        word, place, at = next_token(text, at)
    end
    return found
end
