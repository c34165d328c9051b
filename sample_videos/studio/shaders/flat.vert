#version 330
in vec3 place;
uniform mat4 view_projection;

void main() {
    gl_Position = view_projection * vec4(place, 1.0);
}
