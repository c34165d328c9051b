#version 330
uniform float part;
out vec4 shown;

void main() {
    shown = vec4(part, part, part, 1.0);
}
