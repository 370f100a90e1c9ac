/**
 * The standard ROS 2 messages that bags are made of, for bags of before 2023, which carry no definitions.
 *
 * Fields and their order are those of the packages' interface specifications at ROS 2 Humble. Newer bags carry their own
 * definitions, and those count. A line a type: its fields, divided by commas.
 */
const COVARIANCE = "float64[36] covariance";
const HEADER = "std_msgs/Header header";
const SCAN =
  "float32 angle_min, float32 angle_max, float32 angle_increment, float32 time_increment, float32 scan_time, float32 range_min, float32 range_max";
const LAYOUT = "std_msgs/MultiArrayLayout layout";

const definitions: { readonly [type: string]: string } = {
  "std_msgs/Bool": "bool data",
  "std_msgs/Byte": "uint8 data",
  "std_msgs/Char": "uint8 data",
  "std_msgs/Empty": "",
  "std_msgs/Float32": "float32 data",
  "std_msgs/Float64": "float64 data",
  "std_msgs/Int8": "int8 data",
  "std_msgs/Int16": "int16 data",
  "std_msgs/Int32": "int32 data",
  "std_msgs/Int64": "int64 data",
  "std_msgs/UInt8": "uint8 data",
  "std_msgs/UInt16": "uint16 data",
  "std_msgs/UInt32": "uint32 data",
  "std_msgs/UInt64": "uint64 data",
  "std_msgs/String": "string data",
  "std_msgs/Header": "builtin_interfaces/Time stamp, string frame_id",
  "std_msgs/ColorRGBA": "float32 r, float32 g, float32 b, float32 a",
  "std_msgs/MultiArrayDimension": "string label, uint32 size, uint32 stride",
  "std_msgs/MultiArrayLayout": "std_msgs/MultiArrayDimension[] dim, uint32 data_offset",
  "std_msgs/ByteMultiArray": `${LAYOUT}, uint8[] data`,
  "std_msgs/Float32MultiArray": `${LAYOUT}, float32[] data`,
  "std_msgs/Float64MultiArray": `${LAYOUT}, float64[] data`,
  "std_msgs/Int8MultiArray": `${LAYOUT}, int8[] data`,
  "std_msgs/Int16MultiArray": `${LAYOUT}, int16[] data`,
  "std_msgs/Int32MultiArray": `${LAYOUT}, int32[] data`,
  "std_msgs/Int64MultiArray": `${LAYOUT}, int64[] data`,
  "std_msgs/UInt8MultiArray": `${LAYOUT}, uint8[] data`,
  "std_msgs/UInt16MultiArray": `${LAYOUT}, uint16[] data`,
  "std_msgs/UInt32MultiArray": `${LAYOUT}, uint32[] data`,
  "std_msgs/UInt64MultiArray": `${LAYOUT}, uint64[] data`,

  "geometry_msgs/Accel": "geometry_msgs/Vector3 linear, geometry_msgs/Vector3 angular",
  "geometry_msgs/AccelStamped": `${HEADER}, geometry_msgs/Accel accel`,
  "geometry_msgs/AccelWithCovariance": `geometry_msgs/Accel accel, ${COVARIANCE}`,
  "geometry_msgs/AccelWithCovarianceStamped": `${HEADER}, geometry_msgs/AccelWithCovariance accel`,
  "geometry_msgs/Inertia":
    "float64 m, geometry_msgs/Vector3 com, float64 ixx, float64 ixy, float64 ixz, float64 iyy, float64 iyz, float64 izz",
  "geometry_msgs/InertiaStamped": `${HEADER}, geometry_msgs/Inertia inertia`,
  "geometry_msgs/Point": "float64 x, float64 y, float64 z",
  "geometry_msgs/Point32": "float32 x, float32 y, float32 z",
  "geometry_msgs/PointStamped": `${HEADER}, geometry_msgs/Point point`,
  "geometry_msgs/Polygon": "geometry_msgs/Point32[] points",
  "geometry_msgs/PolygonStamped": `${HEADER}, geometry_msgs/Polygon polygon`,
  "geometry_msgs/Pose": "geometry_msgs/Point position, geometry_msgs/Quaternion orientation",
  "geometry_msgs/Pose2D": "float64 x, float64 y, float64 theta",
  "geometry_msgs/PoseArray": `${HEADER}, geometry_msgs/Pose[] poses`,
  "geometry_msgs/PoseStamped": `${HEADER}, geometry_msgs/Pose pose`,
  "geometry_msgs/PoseWithCovariance": `geometry_msgs/Pose pose, ${COVARIANCE}`,
  "geometry_msgs/PoseWithCovarianceStamped": `${HEADER}, geometry_msgs/PoseWithCovariance pose`,
  "geometry_msgs/Quaternion": "float64 x, float64 y, float64 z, float64 w",
  "geometry_msgs/QuaternionStamped": `${HEADER}, geometry_msgs/Quaternion quaternion`,
  "geometry_msgs/Transform": "geometry_msgs/Vector3 translation, geometry_msgs/Quaternion rotation",
  "geometry_msgs/TransformStamped": `${HEADER}, string child_frame_id, geometry_msgs/Transform transform`,
  "geometry_msgs/Twist": "geometry_msgs/Vector3 linear, geometry_msgs/Vector3 angular",
  "geometry_msgs/TwistStamped": `${HEADER}, geometry_msgs/Twist twist`,
  "geometry_msgs/TwistWithCovariance": `geometry_msgs/Twist twist, ${COVARIANCE}`,
  "geometry_msgs/TwistWithCovarianceStamped": `${HEADER}, geometry_msgs/TwistWithCovariance twist`,
  "geometry_msgs/Vector3": "float64 x, float64 y, float64 z",
  "geometry_msgs/Vector3Stamped": `${HEADER}, geometry_msgs/Vector3 vector`,
  "geometry_msgs/VelocityStamped": `${HEADER}, string body_frame_id, string reference_frame_id, geometry_msgs/Twist velocity`,
  "geometry_msgs/Wrench": "geometry_msgs/Vector3 force, geometry_msgs/Vector3 torque",
  "geometry_msgs/WrenchStamped": `${HEADER}, geometry_msgs/Wrench wrench`,

  "nav_msgs/GridCells": `${HEADER}, float32 cell_width, float32 cell_height, geometry_msgs/Point[] cells`,
  "nav_msgs/MapMetaData":
    "builtin_interfaces/Time map_load_time, float32 resolution, uint32 width, uint32 height, geometry_msgs/Pose origin",
  "nav_msgs/OccupancyGrid": `${HEADER}, nav_msgs/MapMetaData info, int8[] data`,
  "nav_msgs/Odometry": `${HEADER}, string child_frame_id, geometry_msgs/PoseWithCovariance pose, geometry_msgs/TwistWithCovariance twist`,
  "nav_msgs/Path": `${HEADER}, geometry_msgs/PoseStamped[] poses`,

  "sensor_msgs/BatteryState": `${HEADER}, float32 voltage, float32 temperature, float32 current, float32 charge, float32 capacity, float32 design_capacity, float32 percentage, uint8 power_supply_status, uint8 power_supply_health, uint8 power_supply_technology, bool present, float32[] cell_voltage, float32[] cell_temperature, string location, string serial_number`,
  "sensor_msgs/CameraInfo": `${HEADER}, uint32 height, uint32 width, string distortion_model, float64[] d, float64[9] k, float64[9] r, float64[12] p, uint32 binning_x, uint32 binning_y, sensor_msgs/RegionOfInterest roi`,
  "sensor_msgs/ChannelFloat32": "string name, float32[] values",
  "sensor_msgs/CompressedImage": `${HEADER}, string format, uint8[] data`,
  "sensor_msgs/FluidPressure": `${HEADER}, float64 fluid_pressure, float64 variance`,
  "sensor_msgs/Illuminance": `${HEADER}, float64 illuminance, float64 variance`,
  "sensor_msgs/Image": `${HEADER}, uint32 height, uint32 width, string encoding, uint8 is_bigendian, uint32 step, uint8[] data`,
  "sensor_msgs/Imu": `${HEADER}, geometry_msgs/Quaternion orientation, float64[9] orientation_covariance, geometry_msgs/Vector3 angular_velocity, float64[9] angular_velocity_covariance, geometry_msgs/Vector3 linear_acceleration, float64[9] linear_acceleration_covariance`,
  "sensor_msgs/JointState": `${HEADER}, string[] name, float64[] position, float64[] velocity, float64[] effort`,
  "sensor_msgs/Joy": `${HEADER}, float32[] axes, int32[] buttons`,
  "sensor_msgs/JoyFeedback": "uint8 type, uint8 id, float32 intensity",
  "sensor_msgs/JoyFeedbackArray": "sensor_msgs/JoyFeedback[] array",
  "sensor_msgs/LaserEcho": "float32[] echoes",
  "sensor_msgs/LaserScan": `${HEADER}, ${SCAN}, float32[] ranges, float32[] intensities`,
  "sensor_msgs/MagneticField": `${HEADER}, geometry_msgs/Vector3 magnetic_field, float64[9] magnetic_field_covariance`,
  "sensor_msgs/MultiDOFJointState": `${HEADER}, string[] joint_names, geometry_msgs/Transform[] transforms, geometry_msgs/Twist[] twist, geometry_msgs/Wrench[] wrench`,
  "sensor_msgs/MultiEchoLaserScan": `${HEADER}, ${SCAN}, sensor_msgs/LaserEcho[] ranges, sensor_msgs/LaserEcho[] intensities`,
  "sensor_msgs/NavSatFix": `${HEADER}, sensor_msgs/NavSatStatus status, float64 latitude, float64 longitude, float64 altitude, float64[9] position_covariance, uint8 position_covariance_type`,
  "sensor_msgs/NavSatStatus": "int8 status, uint16 service",
  "sensor_msgs/PointCloud": `${HEADER}, geometry_msgs/Point32[] points, sensor_msgs/ChannelFloat32[] channels`,
  "sensor_msgs/PointCloud2": `${HEADER}, uint32 height, uint32 width, sensor_msgs/PointField[] fields, bool is_bigendian, uint32 point_step, uint32 row_step, uint8[] data, bool is_dense`,
  "sensor_msgs/PointField": "string name, uint32 offset, uint8 datatype, uint32 count",
  "sensor_msgs/Range": `${HEADER}, uint8 radiation_type, float32 field_of_view, float32 min_range, float32 max_range, float32 range`,
  "sensor_msgs/RegionOfInterest": "uint32 x_offset, uint32 y_offset, uint32 height, uint32 width, bool do_rectify",
  "sensor_msgs/RelativeHumidity": `${HEADER}, float64 relative_humidity, float64 variance`,
  "sensor_msgs/Temperature": `${HEADER}, float64 temperature, float64 variance`,
  "sensor_msgs/TimeReference": `${HEADER}, builtin_interfaces/Time time_ref, string source`,

  "builtin_interfaces/Time": "int32 sec, uint32 nanosec",
  "builtin_interfaces/Duration": "int32 sec, uint32 nanosec",
  "rosgraph_msgs/Clock": "builtin_interfaces/Time clock",
  "tf2_msgs/TFMessage": "geometry_msgs/TransformStamped[] transforms",
};

/** What `openRos2` takes, for a standard type; undefined for any other. `sensor_msgs/msg/Imu` and `sensor_msgs/Imu` are one. */
export function standardDefinition(typeName: string): string | undefined {
  const root = typeName.replace("/msg/", "/");
  if (!Object.hasOwn(definitions, root)) return undefined;
  const parts = new Set([root]);
  for (const type of parts)
    for (const [inner] of definitions[type]!.matchAll(/\w+\/\w+/g)) if (isPart(inner)) parts.add(inner);
  return [...parts].map((type, i) => (i === 0 ? "" : `${"=".repeat(80)}\nMSG: ${type}\n`) + lines(type)).join("");
}

/** Times are primitive types to the parser. */
const isPart = (type: string): boolean => !type.startsWith("builtin_interfaces/");
const lines = (type: string): string => `${definitions[type]!.split(", ").join("\n")}\n`;
