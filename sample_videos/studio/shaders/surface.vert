#version 330
in vec3 place;
in vec3 normal;
in vec3 colour;
uniform mat4 view_projection;
uniform mat4 shadow_projection;
out vec3 world;
out vec3 bent;
out vec3 albedo;
out vec3 shadow_at;

void main() {
    gl_Position = view_projection * vec4(place, 1.0);
    world = place;
    bent = normal;
    albedo = colour;
    shadow_at = (shadow_projection * vec4(place, 1.0)).xyz * 0.5 + 0.5;
}
