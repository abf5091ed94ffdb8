-- SPDX-License-Identifier: BSD-3-Clause
-- Which faults a test gets, and in which order.

-- The kinds: "places", every place of the test (fault.h) with every error of the call's man page, at
-- the first time that the call is made there; "quick", every place that no test of the file before
-- had, with one of the errors, always the same; "spread", all the calls that a test makes: every
-- call, every error, the 1st time, the 2nd, ... The first ones of all come first, then those in the
-- middle of what is still far apart, and so on: whenever the time is over, what was done is spread
-- evenly.

local plan = {}

-- A whole number for a TEXT.
local function number_of(text)
    local number = 0
    for i = 1, #text do number = (number * 31 + text:byte(i)) % 2 ^ 31 end
    return number
end

-- The same for the same SEED, a text.
local function shuffle(list, seed)
    math.randomseed(number_of(seed))
    for i = #list, 2, -1 do
        local j = math.random(i)
        list[i], list[j] = list[j], list[i]
    end
end

local function case_at(place, fault)
    return {
        request = place.key .. ":1:" .. fault.what, unseen = fault.unseen, name = place.name,
        instead = ("%s:%d:%s"):format(place.call, place.first, fault.what),
    }
end

-- plan.all(places, faults, seed): PLACES are those of calls.places(), FAULTS is table.lua -> an array
-- of {request=, instead=, unseen=, name=}, each place with each fault, in an order that is SEED's;
-- INSTEAD is another request for when the call is not made there.
function plan.all(places, faults, seed)
    local list = {}
    for _, place in ipairs(places) do
        for _, fault in ipairs(faults.of(place.call)) do list[#list + 1] = case_at(place, fault) end
    end
    shuffle(list, seed)
    return list
end

local known = {} -- the places of plan.new() so far

-- plan.new(places) -> those of them that are new.
function plan.new(places)
    local list = {}
    for _, place in ipairs(places) do
        if not known[place.key] then list[#list + 1] = place end
        known[place.key] = true
    end
    return list
end

-- plan.some(places, faults) -> the cases of each place with one fault, which depends on the names of
-- the functions: it is the same one in another build.
function plan.some(places, faults)
    local list = {}
    for _, place in ipairs(places) do
        local possible = faults.of(place.call)
        list[#list + 1] = case_at(place, possible[number_of(place.name) % #possible + 1])
    end
    return list
end

-- for case in plan.each(list)
function plan.each(list)
    local i = 0
    return function()
        i = i + 1
        return list[i]
    end
end

-- for case in plan.single(request, faults): this one.
function plan.single(request, faults)
    local call, what = request:match("^([^:@]+)[^:]*:%d+:([^:]+)")
    for _, fault in ipairs(faults.of(call or "")) do
        if fault.what == what then
            return plan.each { { request = request, unseen = fault.unseen } }
        end
    end
    error("no request: " .. request, 0)
end

-- plan.of(counts, faults, seed): COUNTS are {call = how often}, FAULTS is table.lua -> an array of
-- {call=, what=, unseen=, count=}, in an order that is SEED's; and {call = how many cases that makes}.
function plan.of(counts, faults, seed)
    local list, possible = {}, {}
    for call, count in pairs(counts) do
        for _, fault in ipairs(faults.of(call)) do
            list[#list + 1] = { call = call, what = fault.what, unseen = fault.unseen, count = count }
            possible[call] = (possible[call] or 0) + count
        end
    end
    table.sort(list, function(a, b) return a.call .. ":" .. a.what < b.call .. ":" .. b.what end)
    shuffle(list, seed)
    return list, possible
end

-- The bits of NUMBER, SIZE is the next power of two, in reverse order.
local function reversed(number, size)
    local result = 0
    while size > 1 do
        size = size / 2
        if number % 2 == 1 then result = result + size end
        number = math.floor(number / 2)
    end
    return result
end

-- The smallest power of two that is not below NUMBER.
local function power_above(number)
    local size = 1
    while size < number do size = size * 2 end
    return size
end

-- The next place of ONE, nil behind its last.
local function next_place(one)
    one.size, one.at = one.size or power_above(one.count), one.at or 0
    while one.at < one.size do
        local place = reversed(one.at, one.size) + 1
        one.at = one.at + 1
        if place <= one.count then return place end
    end
end

-- for case in plan.cases(list): {request=, unseen=}; each of the list gives a place in turn.
function plan.cases(list)
    local i = 0
    return function()
        while #list > 0 do
            i = i % #list + 1
            local one = list[i]
            local place = next_place(one)
            if place then
                return { request = ("%s:%d:%s"):format(one.call, place, one.what), unseen = one.unseen }
            end
            local last = #list
            list[i] = list[last] -- which may be itself
            list[last] = nil
            i = i - 1
        end
    end
end

return plan
