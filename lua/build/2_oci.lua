-- SPDX-License-Identifier: BSD-3-Clause
-- build.oci: a container image that holds one executable and nothing else.
--
-- The result is a tar archive of the OCI image layout (image-spec 1.0: image-layout.md, config.md,
-- manifest.md), which podman, skopeo, umoci, containerd and docker read; manifest.json is for
-- dockers before version 25, which know no other list of contents. The one layer is not compressed,
-- so its digest is also its diff_id. Equal input makes equal bytes.

local build = ...

local tar = build.tar

local architectures = { x86_64 = "amd64", aarch64 = "arm64" } -- as Go names them
local piece_size = 65536
local port_most = 65535

local media = {
    config = "application/vnd.oci.image.config.v1+json",
    index = "application/vnd.oci.image.index.v1+json",
    layer = "application/vnd.oci.image.layer.v1.tar",
    manifest = "application/vnd.oci.image.manifest.v1+json",
}

-- JSON --------------------------------------------------------------------------------------------

local json

local function json_members(object)
    local members = {}
    for key, value in pairs(object) do
        members[#members + 1] = json(key) .. ":" .. json(value)
    end
    table.sort(members)
    return "{" .. table.concat(members, ",") .. "}"
end

local function json_items(array)
    local items = {}
    for i, value in ipairs(array) do
        items[i] = json(value)
    end
    return "[" .. table.concat(items, ",") .. "]"
end

-- An empty table is an object.
function json(value)
    if type(value) == "table" then
        return #value > 0 and json_items(value) or json_members(value)
    elseif type(value) == "number" then
        return ("%d"):format(value)
    end
    return '"' .. value:gsub('[%c"\\]', function(c)
        return ("\\u%04x"):format(c:byte())
    end) .. '"'
end

-- What the person names --------------------------------------------------------------------------

-- build.check_expose(text) -> "7000/tcp" | nil, message
function build.check_expose(text)
    local port, protocol = text:match("^([1-9]%d*)(.*)$")
    if protocol == "" then
        protocol = "/tcp"
    end
    if not port or tonumber(port) > port_most or protocol ~= "/tcp" and protocol ~= "/udp" then
        return nil, ("'%s' is no port to expose: 1 to %d expected, or such as 53/udp"):format(text,
            port_most)
    end
    return port .. protocol
end

-- build.image_name(text) -> name | nil, message: TEXT as the name of an image may be written, which
-- has few letters: small ones, digits, and single . _ - between them (distribution/reference)
function build.image_name(text)
    local name = text:lower():gsub("[^a-z0-9]+", function(between)
        return #between == 1 and between:find("[._]") and between or "-"
    end)
    name = name:gsub("^[._-]+", ""):gsub("[._-]+$", "")
    if name == "" or #name > tar.name_most then
        return nil, ("'%s' gives no name for an image: 1 to %d of the letters a-z and digits "
            .. "expected"):format(text, tar.name_most)
    end
    return name
end

-- The time that everything in the image carries, https://reproducible-builds.org/specs/
local function image_time()
    local text = os.getenv("SOURCE_DATE_EPOCH") or "0"
    local time = text:find("^%d+$") and tonumber(text)
    if not time or time > tar.number_most then
        return nil, ("SOURCE_DATE_EPOCH is '%s': seconds from 0 to %d expected"):format(text,
            tar.number_most)
    end
    return time
end

-- Parts: arrays of strings and {path=, size=} ----------------------------------------------------

local function feed_file(digest, part)
    local file, why = io.open(part.path, "rb")
    if not file then
        return nil, ("cannot read %s"):format(why)
    end
    local size = 0
    repeat
        local piece = file:read(piece_size)
        if piece then
            digest:feed(piece)
            size = size + #piece
        end
    until not piece
    file:close()
    if size ~= part.size then
        return nil, ("%s has changed while it was read"):format(part.path)
    end
    return true
end

-- {digest =, size =, parts =} | nil, message
local function make_blob(parts)
    local digest, size = build.digest(), 0
    for _, part in ipairs(parts) do
        if type(part) == "string" then
            digest:feed(part)
            size = size + #part
        else
            local ok, message = feed_file(digest, part)
            if not ok then
                return nil, message
            end
            size = size + part.size
        end
    end
    return { digest = digest:finish(), size = size, parts = parts }
end

local function blob_path(blob)
    return "blobs/sha256/" .. blob.digest
end

local function descriptor(kind, blob, more)
    local fields = { mediaType = media[kind], digest = "sha256:" .. blob.digest, size = blob.size }
    for key, value in pairs(more or {}) do
        fields[key] = value
    end
    return fields
end

-- The image --------------------------------------------------------------------------------------

local function make_layer(image)
    local program = { path = image.program, size = image.size }
    return make_blob({ tar.header(image.name, image.size, tonumber("755", 8), image.time), program,
                       tar.padding(image.size), tar.ending })
end

local function exposed_ports(ports)
    local set = {}
    for _, port in ipairs(ports) do
        set[port] = {}
    end
    return next(set) and set
end

local function config_text(image, layer)
    local created = os.date("!%Y-%m-%dT%H:%M:%SZ", image.time)
    return json({
        architecture = image.architecture,
        config = { Entrypoint = { "/" .. image.name }, ExposedPorts = exposed_ports(image.expose) },
        created = created,
        history = { { created = created, created_by = "sssrun build --oci" } },
        os = "linux",
        rootfs = { diff_ids = { "sha256:" .. layer.digest }, type = "layers" },
    })
end

local function manifest_text(config, layer)
    return json({
        schemaVersion = 2,
        mediaType = media.manifest,
        config = descriptor("config", config),
        layers = { descriptor("layer", layer) },
    })
end

local function index_text(image, manifest)
    return json({
        schemaVersion = 2,
        mediaType = media.index,
        manifests = { descriptor("manifest", manifest, {
            annotations = { ["org.opencontainers.image.ref.name"] = image.name .. ":latest" },
            platform = { architecture = image.architecture, os = "linux" },
        }) },
    })
end

local function docker_text(image, config, layer)
    return json({ {
        Config = blob_path(config),
        Layers = { blob_path(layer) },
        RepoTags = { image.name .. ":latest" },
    } })
end

local function append_file(chunks, image, name, blob)
    chunks[#chunks + 1] = tar.header(name, blob.size, tonumber("644", 8), image.time)
    for _, part in ipairs(blob.parts) do
        chunks[#chunks + 1] = part
    end
    chunks[#chunks + 1] = tar.padding(blob.size)
end

local function append_text(chunks, image, name, text)
    append_file(chunks, image, name, { size = #text, parts = { text } })
end

local function archive(image, layer)
    local config = make_blob({ config_text(image, layer) })
    local manifest = make_blob({ manifest_text(config, layer) })
    local chunks = {}
    append_text(chunks, image, "oci-layout", json({ imageLayoutVersion = "1.0.0" }))
    append_text(chunks, image, "index.json", index_text(image, manifest))
    append_text(chunks, image, "manifest.json", docker_text(image, config, layer))
    for _, blob in ipairs({ manifest, config, layer }) do
        append_file(chunks, image, blob_path(blob), blob)
    end
    chunks[#chunks + 1] = tar.ending
    return chunks
end

-- What SPEC says, looked at: name, program, size, time, architecture, expose | nil, message
local function look_at(spec)
    local name, message = build.image_name(spec.name)
    local time, program
    if name then
        time, message = image_time()
    end
    if time then
        program, message = build.pack.stat(spec.program)
    end
    if not program then
        return nil, message
    elseif program.size > tar.number_most then
        return nil, ("%s is too large for an image: %d bytes are the most"):format(spec.program,
            tar.number_most)
    end
    return { name = name, time = time, program = spec.program, size = program.size,
             architecture = assert(architectures[spec.arch]), expose = spec.expose or {} }
end

-- build.oci({out=, program=, arch=, name= [, expose=]}) -> bytes | nil, message
function build.oci(spec)
    local image, message = look_at(spec)
    local layer
    if image then
        layer, message = make_layer(image)
    end
    if not layer then
        return nil, message
    end
    return build.pack.save(spec.out, archive(image, layer), tonumber("666", 8))
end
