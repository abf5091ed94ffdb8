-- SPDX-License-Identifier: BSD-3-Clause
-- `sssrun help [topic]`: reads the annotations of lua/meta/sss.lua and prints what they say; and the
-- subjects of the manual.
--
-- Called as chunk(topic or nil, {meta = text, manual = {{name=, text=}, ...}, licenses = the same,
-- usage = text, build = text}).
-- Returns true when something was printed, else nil and a message.

local topic, sources = ...

-- Reading -----------------------------------------------------------------------------------------

local function new_entry()
    return {text = {}, params = {}, returns = {}, fields = {}}
end

-- "name type  text" as its two halves; two spaces end the first one.
local function split(rest)
    local head, text = rest:match "^(.-)%s%s+(.*)$"
    return head or rest, text
end

local function field_entry(class, rest)
    local head, text = split(rest)
    local name, kind = head:match "^(%S+)%s+(.*)$"
    if not name then return nil end
    local entry = new_entry()
    entry.name, entry.title = class .. "." .. name:gsub("%?$", ""), class .. "." .. name
    entry.field, entry.text[1] = true, kind .. (text and "  " .. text or "")
    return entry
end

-- What each tag does to the entry that is being read.
local tags = {}

function tags.class(entry, rest)
    entry.name, entry.class = rest:match "^%S+", true
end

function tags.alias(entry, rest)
    local name, value = rest:match "^(%S+)%s*(.*)$"
    entry.name, entry.class = name, true
    entry.text[#entry.text + 1] = ""
    entry.text[#entry.text + 1] = "is " .. value
end

function tags.field(entry, rest)
    entry.fields[#entry.fields + 1] = rest
end

function tags.param(entry, rest)
    entry.params[#entry.params + 1] = rest
end

tags["return"] = function(entry, rest)
    entry.returns[#entry.returns + 1] = rest
end

local function read_comment(entry, comment)
    local tag, rest = comment:match "^@(%a+)%s*(.*)$"
    if not tag then
        entry.text[#entry.text + 1] = comment
    elseif tags[tag] then
        tags[tag](entry, rest)
    end
end

-- Ends an entry at the line below its comment: a function gives it its name.
local function finish_entry(entries, entry, line)
    local name, arguments = line:match "^function%s+([%w_.:]+)(%b())"
    if name then
        entry.name, entry.title = name, name .. arguments
    end
    if not entry.name then return end
    entries[#entries + 1] = entry
    for _, rest in ipairs(entry.fields) do
        entries[#entries + 1] = field_entry(entry.name, rest)
    end
end

local function read_meta(text)
    local entries, entry = {}, nil
    for line in (text .. "\n"):gmatch "(.-)\r?\n" do
        local comment = line:match "^%-%-%-(.*)$"
        if comment then
            entry = entry or new_entry()
            read_comment(entry, comment)
        elseif entry then
            finish_entry(entries, entry, line)
            entry = nil
        end
    end
    return entries
end

-- Printing ----------------------------------------------------------------------------------------

local function put(...)
    io.write(...)
    io.write("\n")
end

local function put_list(title, list)
    if #list == 0 then return end
    put()
    put(title)
    for _, rest in ipairs(list) do
        local head, text = split(rest)
        put("  ", head, text and "\n        " .. text or "")
    end
end

local function put_entry(entry)
    put(entry.title or entry.name)
    put()
    local text = entry.text
    while text[#text] == "" do text[#text] = nil end
    for _, line in ipairs(text) do
        put(line == "" and "" or "  " .. line)
    end
    put_list("arguments", entry.params)
    put_list("returns", entry.returns)
    put_list("fields", entry.fields)
end

local function first_sentence(entry)
    local line = entry.text[1] or ""
    return line:match "^(.-%.)%s" or line
end

local function put_line(entry)
    put(("  %-39s %s"):format(entry.title or entry.name, first_sentence(entry)))
end

-- The subject of a file of the manual, "tasks.md", and its title, "# Tasks: what about them".
local function subject_of(file)
    return (file.name:gsub("%.md$", ""))
end

local function title_of(file)
    return (file.text:match "^# ([^\n]*)":gsub("^[^:]*: ", ""))
end

local function find_subject(name)
    for _, file in ipairs(sources.manual) do
        if subject_of(file) == name then return file end
    end
end

local function put_overview(entries)
    put "sssrun help TOPIC prints one of these; the part behind the dot or colon is enough."
    put()
    put "the manual"
    for _, file in ipairs(sources.manual) do
        put_line {name = subject_of(file), text = {title_of(file)}}
    end
    for _, kind in ipairs {{"title", "functions"}, {"class", "types"}} do
        put()
        put(kind[2])
        for _, entry in ipairs(entries) do
            if entry[kind[1]] and not entry.field then put_line(entry) end
        end
    end
    put()
    put "the program"
    put_line {name = "options", text = {"The command line of sssrun."}}
    put_line {name = "build", text = {"Making one program of a script and its files."}}
    put_line {name = "licenses", text = {"The licences of what is in this program."}}
end

local function put_licenses(licenses)
    for i, license in ipairs(licenses) do
        if i > 1 then put() end
        put(license.name)
        put(("="):rep(#license.name))
        put()
        io.write(license.text)
    end
end

-- Finding -----------------------------------------------------------------------------------------

-- "socket:recv" and "Socket.recv" are the same topic.
local function key(name)
    return (name:gsub(":", "."):lower():gsub("%(.*$", ""))
end

local function last_part(name)
    return name:match "[^.]*$"
end

local function select_entries(entries, matches)
    local found = {}
    for _, entry in ipairs(entries) do
        if matches(key(entry.name), entry) then found[#found + 1] = entry end
    end
    return found
end

-- The full name, or else with "sss." in front, or else the last part of any name: functions and
-- classes first, fields only when there is nothing else.
local function find(entries, wanted)
    local last = last_part(wanted)
    local ways = {
        function(name) return name == wanted end,
        function(name, entry) return not entry.field and last_part(name) == last end,
        function(name) return name == "sss." .. wanted or last_part(name) == last end,
    }
    if wanted:find(".", 1, true) and not wanted:find "^sss%." then
        ways[2] = function(name) return name == "sss." .. wanted or "sss." .. name == wanted end
    end
    for _, matches in ipairs(ways) do
        local found = select_entries(entries, matches)
        if #found > 0 then return found end
    end
    return {}
end

-- How many letters must be put in, taken out or changed to make b of a (Levenshtein).
local function distance(a, b)
    local row = {}
    for j = 0, #b do row[j] = j end
    for i = 1, #a do
        local corner = row[0]
        row[0] = i
        for j = 1, #b do
            local change = a:byte(i) == b:byte(j) and 0 or 1
            corner, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, corner + change)
        end
    end
    return row[#b]
end

-- The names nearest to a topic that does not exist: at most three, of the same distance, and none
-- when more than half of the letters differ.
local function nearest(names, wanted)
    local best, found = math.ceil(#last_part(wanted) / 2), {}
    for _, name in ipairs(names) do
        local plain = key(name)
        local far = math.min(distance(wanted, plain), distance(last_part(wanted), last_part(plain)))
        if far < best then best, found = far, {} end
        if far == best and #found < 3 then found[#found + 1] = name end
    end
    return found
end

local function unknown(entries, wanted)
    local names = {"options", "build", "licenses"}
    for _, file in ipairs(sources.manual) do names[#names + 1] = subject_of(file) end
    for _, entry in ipairs(entries) do names[#names + 1] = entry.name end
    local near = table.concat(nearest(names, wanted), ", ")
    return nil, ("no help on '%s'%s; `sssrun help` lists all topics"):format(
        topic, near == "" and "" or " (nearest: " .. near .. ")")
end

-- -------------------------------------------------------------------------------------------------

if topic == "licenses" then
    put_licenses(sources.licenses)
    return true
elseif topic == "options" or topic == "build" then
    io.write(topic == "build" and sources.build or sources.usage)
    return true
end

local subject = topic and find_subject(topic:lower())
if subject then
    io.write(subject.text)
    return true
end

local entries = read_meta(sources.meta)
if not topic then
    put_overview(entries)
    return true
end

local found = find(entries, key(topic))
for i, entry in ipairs(found) do
    if i > 1 then put() end
    put_entry(entry)
end
if #found > 0 then return true end
return unknown(entries, key(topic))
