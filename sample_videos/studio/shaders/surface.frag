#version 330
in vec3 world;
in vec3 bent;
in vec3 albedo;
in vec3 shadow_at;
out vec4 shown;

uniform vec3 eye;
uniform vec3 key_from;
uniform vec3 key;
uniform vec3 fill_from;
uniform vec3 fill;
uniform vec3 sky;
uniform vec3 ground;
uniform float specular;
uniform float gloss;
uniform float soft;
uniform float grain_m;
uniform float emission;
uniform bool textured;
uniform float texture_scale;
uniform bool shadows;
uniform sampler2D shadow_map;
uniform sampler2D surface;

float hash(vec3 p) {
    return fract(sin(dot(p, vec3(12.9898, 78.233, 37.719))) * 43758.5453);
}

// Share of the key light that arrives, over a small disc of the shadow map.
float lit(float facing) {
    if (!shadows || any(lessThan(shadow_at.xy, vec2(0.0))) ||
        any(greaterThan(shadow_at.xy, vec2(1.0)))) {
        return 1.0;
    }
    vec2 texel = 1.6 / vec2(textureSize(shadow_map, 0));
    float bias = 0.0012 + 0.0035 * (1.0 - facing);
    float turn = 6.2832 * hash(vec3(gl_FragCoord.xy, 1.0));
    mat2 spin = mat2(cos(turn), sin(turn), -sin(turn), cos(turn));
    float sum = 0.0;
    for (int i = 0; i < 12; i++) {
        float radius = sqrt((float(i) + 0.5) / 12.0) * 3.2;
        float angle = float(i) * 2.39996;
        vec2 offset = spin * (radius * vec2(cos(angle), sin(angle)));
        sum += texture(shadow_map, shadow_at.xy + offset * texel).r < shadow_at.z - bias ? 0.0 : 1.0;
    }
    return sum / 12.0;
}

vec3 base_colour(vec3 normal) {
    vec3 colour = albedo;
    if (textured) {
        vec3 size = abs(normal);
        vec2 at = size.z > 0.7 ? world.xy : (size.y > size.x ? world.xz : world.yz);
        colour *= pow(texture(surface, at * texture_scale).rgb, vec3(2.2));
    }
    if (grain_m > 0.0) {
        vec3 cell = floor(world / grain_m);
        colour *= 0.96 + 0.08 * hash(cell);
    }
    return colour;
}

// A filmic curve: keeps highlights from clipping.
vec3 developed(vec3 light) {
    vec3 curved = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14);
    return pow(clamp(curved, 0.0, 1.0), vec3(1.0 / 2.2));
}

void main() {
    vec3 view = normalize(eye - world);
    vec3 normal = normalize(bent);
    if (dot(normal, view) < 0.0 && !textured) {
        normal = -normal;
    }
    vec3 colour = base_colour(normal);
    float facing = dot(normal, key_from);
    float wrapped = clamp((facing + soft) / (1.0 + soft), 0.0, 1.0);
    float arriving = lit(max(facing, 0.0));
    vec3 ambient = mix(ground, sky, 0.5 + 0.5 * normal.z);
    if (!textured) {
        ambient *= mix(0.62, 1.0, clamp(world.z * 1.3, 0.0, 1.0));
    }
    vec3 warmth = mix(vec3(1.0), vec3(1.06, 0.98, 0.95), soft * (1.0 - wrapped));
    vec3 light = ambient + key * wrapped * arriving * warmth;
    light += fill * max(dot(normal, fill_from), 0.0);
    vec3 halfway = normalize(key_from + view);
    float shine = specular * pow(max(dot(normal, halfway), 0.0), gloss) * arriving;
    float rim = textured ? 0.0 : 0.10 * pow(1.0 - max(dot(normal, view), 0.0), 4.0);
    vec3 total = colour * light + shine * key + rim * sky + colour * emission;
    shown = vec4(developed(total * 0.80), 1.0);
}
