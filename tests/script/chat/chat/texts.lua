-- SPDX-License-Identifier: BSD-3-Clause
-- What the server says by itself.

local sss = require "sss"
local texts = {}

function texts.welcome()
    return sss.asset("data/welcome.txt")
end

function texts.fail()
    error("somebody asked for it")
end

return texts
