-- SPDX-License-Identifier: BSD-3-Clause
-- Required first (sssrun -l gc_stress test.lua): a full collection before every call of a function or
-- method of the module, and a collector that never rests.

local sss = require "sss"

local function collecting(f)
    return function(...)
        collectgarbage()
        return f(...)
    end
end

-- The functions of a class are those that its objects find.
local function wrap(methods)
    for name, f in pairs(methods) do
        if type(f) == "function" and not name:find("^__") then methods[name] = collecting(f) end
    end
end

for _, methods in pairs(debug.getregistry()["sss.private"].classes) do wrap(methods) end
wrap(sss)

collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000000)
