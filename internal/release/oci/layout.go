package oci

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/release/archive"
)

// refName names an image of a layout.
const refName = "org.opencontainers.image.ref.name"

// withFolders puts the folders of files before them, each once.
func withFolders(files []archive.File) []archive.File {
	var all []archive.File
	made := map[string]bool{}
	for _, file := range files {
		var folders []archive.File
		for folder := path.Dir(file.Name); folder != "." && !made[folder]; folder = path.Dir(folder) {
			made[folder] = true
			folders = append(folders, archive.File{Name: folder, Mode: fs.ModeDir | 0o755})
		}
		slices.Reverse(folders)
		all = append(append(all, folders...), file)
	}
	return all
}

// layout are the files of an OCI layout that holds images, as one image for
// several platforms when there are more than one.
func layout(name string, images []built) map[string][]byte {
	files := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)}
	list := index{SchemaVersion: 2, MediaType: typeIndex}
	for _, b := range images {
		for _, part := range b.blobs() {
			files[part.path()] = part.content
		}
		d := b.manifest.as(typeManifest)
		d.Platform = &b.platform
		list.Manifests = append(list.Manifests, d)
	}
	top := list
	if len(images) > 1 {
		all := encode(list)
		files[all.path()] = all.content
		top.Manifests = []descriptor{all.as(typeIndex)}
	}
	top.Manifests[0].Annotations = map[string]string{refName: name}
	files["index.json"] = encode(top).content
	return files
}

// WriteLayout writes images, for a platform each, as an OCI layout into folder:
// one image for all of these platforms, of the given tag. Registry tools push
// it as it is.
func WriteLayout(folder, tag string, images ...Image) error {
	var all []built
	for _, i := range images {
		b, err := i.build()
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	for name, content := range layout(tag, all) {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// WriteArchive writes one image as a tar that engines load: an OCI layout with
// the manifest.json that docker load reads. The name is NAME:TAG.
func WriteArchive(w io.Writer, name string, image Image) error {
	b, err := image.build()
	if err != nil {
		return err
	}
	_, tag, _ := strings.Cut(name, ":")
	files := layout(tag, []built{b})
	entry := struct {
		Config   string
		RepoTags []string
		Layers   []string
	}{Config: b.config.path(), RepoTags: []string{name}}
	for _, layer := range b.layers {
		entry.Layers = append(entry.Layers, layer.path())
	}
	var manifest bytes.Buffer
	if err := json.NewEncoder(&manifest).Encode([]any{entry}); err != nil {
		return err
	}
	files["manifest.json"] = manifest.Bytes()
	return archive.Tar(w, image.Created.Truncate(time.Second), withFolders(sorted(files))...)
}

func sorted(files map[string][]byte) []archive.File {
	var all []archive.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, archive.File{Name: name, Mode: 0o644, Content: files[name]})
	}
	return all
}
