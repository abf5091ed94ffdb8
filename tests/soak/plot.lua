-- SPDX-License-Identifier: BSD-3-Clause
-- Draws the memory of both sides and the number of open connections over time, as an SVG.

local LEFT, TOP, WIDTH, HEIGHT = 70, 50, 820, 300
local out

local function add(format, ...) out[#out + 1] = format:format(...) end

local function text(x, y, words, anchor, colour)
    add('<text x="%.1f" y="%.1f" font-size="11" text-anchor="%s" fill="%s">%s</text>\n', x, y,
        anchor or "start", colour or "black", words)
end

local function largest(rows, column)
    local most = 1
    for _, row in ipairs(rows) do most = math.max(most, row[column]) end
    return most
end

local function line(samples, column, span, most, colour)
    local points = {}
    for i, one in ipairs(samples) do
        points[i] = ("%.1f,%.1f"):format(LEFT + WIDTH * one[1] / span,
            TOP + HEIGHT * (1 - one[column] / most))
    end
    add('<polyline fill="none" stroke="%s" points="%s"/>\n', colour, table.concat(points, " "))
end

-- What there was between the rounds, as dots.
local function dots(rests, side, span, most, colour)
    for _, one in ipairs(rests) do
        add('<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>\n', LEFT + WIDTH * one.at / span,
            TOP + HEIGHT * (1 - one[side].kb / most), colour)
    end
end

local function scale(span, kb, connections)
    for i = 0, 4 do
        local y = TOP + HEIGHT * (1 - i / 4)
        add('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#dddddd"/>\n', LEFT, LEFT + WIDTH, y, y)
        text(LEFT - 6, y + 4, ("%.0f MB"):format(kb * i / 4 / 1024), "end")
        text(LEFT + WIDTH + 6, y + 4, ("%.0f"):format(connections * i / 4), "start", "#888888")
        text(LEFT + WIDTH * i / 4, TOP + HEIGHT + 18, ("%.0f s"):format(span * i / 4), "middle")
    end
end

-- SAMPLES: arrays of seconds, open connections, kB of the client, kB of the server, connections so
-- far. RESTS: tables with at, client.kb and server.kb.
return function(samples, rests, path)
    out = {}
    local span = samples[#samples][1]
    local kb = math.max(largest(samples, 3), largest(samples, 4))
    local connections = largest(samples, 2)
    add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">\n'
        .. '<rect width="100%%" height="100%%" fill="white"/>\n', LEFT + WIDTH + 60, TOP + HEIGHT + 40)
    text(LEFT, 18, ("%d connections in %.0f s: anonymous memory (dots: between the rounds, with "
        .. "nothing open)"):format(samples[#samples][5], span))
    text(LEFT, 36, "server", "start", "#c02020")
    text(LEFT + 60, 36, "client", "start", "#1f78b4")
    text(LEFT + 120, 36, "open connections (right scale)", "start", "#888888")
    scale(span, kb, connections)
    line(samples, 2, span, connections, "#bbbbbb")
    line(samples, 3, span, kb, "#1f78b4")
    line(samples, 4, span, kb, "#c02020")
    dots(rests, "client", span, kb, "#1f78b4")
    dots(rests, "server", span, kb, "#c02020")
    add("</svg>\n")
    local file = assert(io.open(path, "w"))
    file:write(table.concat(out))
    file:close()
end
